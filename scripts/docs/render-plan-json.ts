import { planSchema } from '../../packages/core/src/plan/plan-schema.ts';
import { triggerSchema } from '../../packages/core/src/plan/trigger-schema.ts';
import { typeWithNull } from './json-schema-text.ts';
import { code, page, table } from './markdown.ts';
import { type JsonSchema, parseJsonSchema } from './parse-json-schema.ts';

const MEANINGS: Readonly<Record<string, string>> = {
  schemaVersion: 'grows when a key changes its meaning or goes away',
  planId: 'sha256 of everything else in the plan, as canonical JSON',
  system: 'the release system',
  environment: 'deployment environment',
  target: 'what is released',
  trigger: 'what happened, see below',
  source: 'commit and `owner/name` of the repository',
  stages: '`run` or `skip` for each stage',
  steps: 'in an order in which they can run',
  decisions: 'why something is done, or left out',
  'steps[].needs': 'ids of steps that come first',
  'steps[].writes': 'whether it changes anything outside of osrel',
  'steps[].with':
    'input of the step kind; `{"$output": {"from", "key"}}` stands for a value of an earlier step',
  'steps[].retry': 'delays in milliseconds; only errors that may pass are tried again',
  'steps[].timeoutMs': 'milliseconds; null for none',
  'decisions[].rule': 'stable name: `finalize.evidence`',
  'decisions[].outcome': 'one or two words',
  'decisions[].because': 'one sentence for people',
  'decisions[].stage': 'the stage it decides about',
  'decisions[].origin': 'where the setting came from',
  'decisions[].change': 'the command or edit that would change it',
};

/** The shape of a plan, from the schema that reads plan files. */
export function renderPlanJson(): string {
  const plan = parseJsonSchema(planSchema.toJSONSchema());
  const trigger = parseJsonSchema(triggerSchema.toJSONSchema());
  return page(
    'Plan',
    'What `osrel plan --json` prints, `osrel plan --out FILE` writes and `osrel run --plan FILE` executes. Several machines: `{ "schemaVersion": 1, "plans": [...] }`. The same facts and the same configuration give the same bytes; a plan that was edited is refused by its id.',
    table(['key', 'type', 'meaning'], rowsOf(plan, '')),
    '## Trigger',
    table(
      ['kind', 'further keys'],
      trigger.alternatives.map((each) => [
        code(String(each.properties.kind?.choices[0])),
        Object.entries(each.properties)
          .filter(([name]) => name !== 'kind')
          .map(([name, child]) => `${code(name)} (${typeWithNull(child)})`)
          .join(', '),
      ]),
    ),
  );
}

function rowsOf(schema: JsonSchema, at: string): readonly (readonly string[])[] {
  return Object.entries(schema.properties).flatMap(([name, child]) => {
    const path = at === '' ? name : `${at}.${name}`;
    const optional = schema.required.includes(name) ? '' : ', may be absent';
    const row = [code(path), `${typeWithNull(child)}${optional}`, MEANINGS[path] ?? ''];
    return path === 'trigger' || path.endsWith('.with')
      ? [[code(path), path === 'trigger' ? 'keys' : 'any JSON', MEANINGS[path] ?? '']]
      : [row, ...rowsOf(child.content, path), ...rowsOf(child.content.items ?? NOTHING, `${path}[]`)];
  });
}

const NOTHING = parseJsonSchema({});
