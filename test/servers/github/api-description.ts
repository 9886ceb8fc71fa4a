import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { checkSchema, resolveSchema, type Schema } from './check-schema.ts';
import { sampleFilled } from './sample-of.ts';

interface Operation {
  readonly parameters?: readonly Schema[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> };
  readonly responses: Readonly<Record<string, Schema>>;
}

interface Description {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: Schema;
}

export interface DescribedRoute {
  /** `GET /repos/{owner}/{repo}/commits/{ref}/status`. */
  readonly route: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly operation: Operation;
}

const require = createRequire(import.meta.url);
let loaded: Description | undefined;

/** GitHub's own description of its REST API, read once. */
function description(): Description {
  const path = require.resolve('@octokit/openapi/generated/api.github.com.json');
  loaded ??= JSON.parse(readFileSync(path, 'utf8')) as Description;
  return loaded;
}

/** The described route of a request; of several that fit, the one with the fewest variables. */
export function findRoute(method: string, path: string): DescribedRoute | undefined {
  const segments = path.split('/');
  const found = Object.entries(description().paths).flatMap(([template, operations]) => {
    const operation = operations[method.toLowerCase()];
    const parameters = matchPath(template.split('/'), segments);
    if (operation === undefined || parameters === undefined) return [];
    return [{ route: `${method} ${template}`, parameters, operation }];
  });
  return found.toSorted((a, b) => Object.keys(a.parameters).length - Object.keys(b.parameters).length)[0];
}

/** Problems of a request: unknown query parameters, a body that is not as described. */
export function checkRequest(
  { operation }: DescribedRoute,
  { query, body }: { readonly query: URLSearchParams; readonly body: unknown },
): readonly string[] {
  const { components } = description();
  const known = (operation.parameters ?? []).map((each) => resolveSchema(each, components));
  const strange = [...query.keys()].filter(
    (name) => !known.some((each) => each.in === 'query' && each.name === name),
  );
  const schema = operation.requestBody?.content['application/json']?.schema;
  return [
    ...strange.map((name) => `query parameter ${name} is not described`),
    ...(schema === undefined || body === undefined ? [] : checkSchema(body, schema, components)),
  ];
}

/** Problems of an answer; a status that is not described for the route is none, where GitHub gives it everywhere. */
export function checkResponse(
  { operation }: DescribedRoute,
  { status, body }: { readonly status: number; readonly body: unknown },
): readonly string[] {
  const { components } = description();
  const written = operation.responses[`${status}`];
  if (written === undefined) {
    return EVERYWHERE.includes(status)
      ? checkSchema(body, { $ref: '#/components/schemas/basic-error' }, components)
      : [`status ${status} is not described`];
  }
  const { content } = resolveSchema(written, components) as {
    readonly content?: Readonly<Record<string, { readonly schema: Schema }>>;
  };
  const schema = content?.['application/json']?.schema;
  return schema === undefined ? [] : checkSchema(body, schema, components);
}

/** Credentials, limits and its own failures are described once, in prose. */
const EVERYWHERE = [401, 403, 404, 422, 429, 500, 502, 503, 504];

/** A value as small as the named component allows, with what matters laid over it. */
export function described<Given extends object>(component: string, given: Given): Given {
  const { components } = description();
  const sample = sampleFilled({ $ref: `#/components/schemas/${component}` }, components);
  return { ...(sample as object), ...given };
}

function matchPath(
  template: readonly string[],
  segments: readonly string[],
): Readonly<Record<string, string>> | undefined {
  if (template.length !== segments.length) return undefined;
  const parameters: Record<string, string> = {};
  for (const [index, part] of template.entries()) {
    const segment = segments[index] ?? '';
    if (part.startsWith('{')) parameters[part.slice(1, -1)] = decodeURIComponent(segment);
    else if (part !== segment) return undefined;
  }
  return parameters;
}
