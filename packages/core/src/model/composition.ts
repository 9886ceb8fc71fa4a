import { z } from 'zod';
import { badConfig, type Problem } from '../errors/osrel-error.ts';
import { findNearestName } from './nearest-name.ts';
import { formatPlace, placesIn, problemsOfIssues } from './schema-problems.ts';

/** Image of a service that the build makes; replaced by the loaded image's name at deploy time. */
export const BUILD_OUTPUT = '__BUILD_OUTPUT__';
/** Replaced by the device repository's short commit id wherever it is a whole value. */
export const DEVICE_REPOSITORY_REVISION = '__DEVICE_REPO_REV__';
/** Replaced by the machine inside asset patterns. */
export const MACHINE_PLACEHOLDER = '__MACHINE__';
export const IMAGE_CLASS_LABEL = 'io.balena.image.class';

/** How a service's image is built. */
export interface BuildMetadata {
  /** Yocto recipe; the hostapp's own image recipe when absent. */
  readonly recipe?: string | undefined;
  readonly build_args?: readonly string[] | undefined;
  /** Patterns below the build's deploy folder. */
  readonly assets?: readonly string[] | undefined;
}

export interface ComposeService {
  readonly image?: string | undefined;
  readonly labels?: Readonly<Record<string, string>> | undefined;
  /** Null: the image comes from a registry and is not built. */
  readonly 'x-build'?: BuildMetadata | null | undefined;
  readonly [key: string]: unknown;
}

/** A compose document; a null service opts out of one that the base brings. */
export interface Composition {
  readonly services: Readonly<Record<string, ComposeService | null>>;
  readonly [key: string]: unknown;
}

export type CompositionOrigin = 'base' | 'overlay' | 'generated' | 'injected';

const scalar = z.union([z.string(), z.number(), z.boolean()]);

// Compose allows labels as a list too; as a map an overlay can change one of them.
const labelsSchema = z
  .union(
    [z.record(z.string(), scalar.nullable()), z.array(z.string())],
    'needs a map of labels or a list of name=value',
  )
  .transform((labels): Readonly<Record<string, string>> => {
    if (Array.isArray(labels)) return Object.fromEntries(labels.map(splitLabel));
    return Object.fromEntries(Object.entries(labels).map(([name, value]) => [name, String(value ?? '')]));
  });

const assetSchema = z
  .string()
  .regex(/^[^/\\\p{Cc}][^\\\p{Cc}]*$/u, 'needs a pattern relative to the build output, with forward slashes')
  .refine((pattern) => !pattern.split('/').includes('..'), 'must not leave the build output by ".."');

const buildMetadataSchema = z.strictObject({
  recipe: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9_.+-]*$/, 'needs the name of a recipe')
    .optional(),
  build_args: z.array(z.string().regex(/^[^\p{Cc}]+$/u, 'needs one build argument on one line')).optional(),
  assets: z.array(assetSchema).optional(),
});

const serviceSchema = z.looseObject({
  image: z.string().min(1, 'must not be empty').optional(),
  labels: labelsSchema.optional(),
  'x-build': buildMetadataSchema.nullable().optional(),
});

const compositionSchema = z.looseObject({
  services: z.record(z.string(), serviceSchema.nullable()).default({}),
});

const SERVICE_NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]*$/;

/**
 * Reads a parsed compose document. Compose's own keys pass through; `x-build` is closed: null, or only `recipe`,
 * `build_args` and `assets`. Labels become a map of texts; an empty document has no services.
 * Throws config `composition.malformed` with every problem, each with file and key path.
 */
export function parseComposition(raw: unknown, file: string): Composition {
  const result = readComposition(raw, file);
  if (result.kind === 'read') return result.composition;
  throw badConfig('composition.malformed', `composition ${file} has ${result.problems.length} problem(s)`, {
    hint: `correct the keys named here in ${file}`,
    problems: result.problems,
  });
}

export type CompositionReading =
  | { readonly kind: 'read'; readonly composition: Composition }
  | { readonly kind: 'malformed'; readonly problems: readonly Problem[] };

/** `parseComposition` with the problems as a value, so that several files can be reported at once. */
export function readComposition(raw: unknown, file: string): CompositionReading {
  const parsed = compositionSchema.safeParse(raw ?? {});
  const knownKeys = Object.keys(buildMetadataSchema.shape);
  const problems = [
    ...(parsed.success ? [] : problemsOfIssues(parsed.error.issues, { at: placesIn(file), knownKeys })),
    ...problemsOfServiceNames(raw, file),
  ];
  if (!parsed.success || problems.length > 0) return { kind: 'malformed', problems };
  return { kind: 'read', composition: parsed.data };
}

/** Image class of a service; `overlay` where no label says otherwise. */
export function imageClassOf(service: ComposeService): string {
  return service.labels?.[IMAGE_CLASS_LABEL] ?? 'overlay';
}

/** Services that are not opted out, in document order. */
export function listServices(
  composition: Composition,
): readonly (readonly [name: string, service: ComposeService])[] {
  return Object.entries(composition.services).flatMap(([name, service]) =>
    service === null ? [] : [[name, service] as const],
  );
}

function problemsOfServiceNames(raw: unknown, file: string): readonly Problem[] {
  const services = isRecord(raw) && isRecord(raw.services) ? raw.services : {};
  return Object.entries(services).flatMap(([name, service]) => {
    const at = formatPlace(file, ['services', name]);
    const problems = SERVICE_NAME.test(name)
      ? []
      : [{ at, message: 'a service name has letters, digits, dot, dash and underscore only' }];
    const typing = isRecord(service) ? Object.keys(service).filter(isMistypedBuildKey) : [];
    const mistyped = typing.map((key) => ({
      at: formatPlace(file, ['services', name, key]),
      message: `unknown key "${key}"; did you mean "x-build"?`,
    }));
    return [...problems, ...mistyped];
  });
}

// Compose allows any x- key, so this slip would silently drop the service from the build.
function isMistypedBuildKey(key: string): boolean {
  return key !== 'x-build' && /^x/i.test(key) && findNearestName(key, ['x-build']) !== undefined;
}

function splitLabel(label: string): [name: string, value: string] {
  const at = label.indexOf('=');
  return at < 0 ? [label, ''] : [label.slice(0, at), label.slice(at + 1)];
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
