import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { STEP_KINDS } from '../../packages/core/src/steps/registry.ts';
import type { AnyStepKind } from '../../packages/core/src/steps/step-kind.ts';
import { typeWithNull } from './json-schema-text.ts';
import { code, page, table } from './markdown.ts';
import { type JsonSchema, parseJsonSchema } from './parse-json-schema.ts';

/** Every step kind: what it does, what it touches, what goes in and what comes out. */
export function renderSteps(root: string): string {
  const kinds = [...STEP_KINDS.values()];
  return page(
    'Steps',
    'The kinds of steps a plan can hold, in the order of a release. A step that writes has a probe that finds out whether its work is done already. The journal keeps what comes out: the receipt.',
    table(
      ['kind', 'writes', 'ports', 'at once', 'what it does'],
      kinds.map((kind) => [
        `[${code(kind.kind)}](#${kind.kind})`,
        kind.writes ? 'yes' : 'no',
        kind.ports.map(code).join(', '),
        kind.concurrency === undefined ? '' : String(kind.concurrency),
        summaryOf(kind, root),
      ]),
    ),
    ...kinds.map(
      (kind) =>
        `## ${kind.kind}\n\n${table(['', 'key', 'type'], [...rows('in', kind.input), ...rows('out', kind.output)])}`,
    ),
  );
}

function rows(which: 'in' | 'out', schema: AnyStepKind['input']): readonly (readonly string[])[] {
  const json = parseJsonSchema(schema.toJSONSchema({ io: which === 'in' ? 'input' : 'output' }));
  return Object.entries(json.properties).map(([name, child]) => [
    which,
    code(name),
    typeOfKey(name, child, json),
  ]);
}

function typeOfKey(name: string, child: JsonSchema, parent: JsonSchema): string {
  return parent.required.includes(name) ? typeWithNull(child) : `${typeWithNull(child)}, may be absent`;
}

/** First sentence of the docstring above the kind. */
function summaryOf(kind: AnyStepKind, root: string): string {
  const text = readFileSync(join(root, 'packages/core/src/steps', `${kind.kind}.ts`), 'utf8');
  const docstring = /\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s*export const \w+ = defineStepKind\(/.exec(text)?.[1];
  if (docstring === undefined) throw new Error(`step kind ${kind.kind} has no docstring above it`);
  const words = docstring
    .replaceAll(/^\s*\*\s?/gm, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim();
  return /^.*?[.](?= [A-Z]|$)/.exec(words)?.[0] ?? words;
}
