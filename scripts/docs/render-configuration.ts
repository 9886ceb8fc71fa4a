import { renderConfigSchema } from '../../packages/core/src/config/config-schema.ts';
import { listSettings } from '../../packages/core/src/config/config-settings.ts';
import { parseConfig } from '../../packages/core/src/config/parse-config.ts';
import { parseTestMatrix } from '../../packages/core/src/model/test-matrix.ts';
import { typeOf } from './json-schema-text.ts';
import { code, page, table } from './markdown.ts';
import { type JsonSchema, parseJsonSchema } from './parse-json-schema.ts';

interface Key {
  readonly path: string;
  readonly type: string;
  readonly description: string;
}

/** Keys of a test with a sample value; the sample is parsed, so that a key that is gone turns the docs red. */
const TEST_KEYS: readonly (readonly [name: string, sample: unknown, meaning: string])[] = [
  ['suite', 'smoke', 'name of the suite; required'],
  ['lab', 'command', '`command`, `leviathan` or `qemu`; required. This version drives `command`.'],
  ['command', ['./smoke.sh'], 'with lab `command`: program and arguments, as a list'],
  ['results', 'tap', 'with lab `command`: `tap` or `junit`'],
  ['worker', 'local', 'with lab `leviathan`: `testbot` or `qemu`'],
  ['environment', 'local', 'deployment environment whose credentials the test uses'],
  ['worker-fleets', ['fleet'], 'fleets that the worker may come from'],
  ['test-organization', 'organization', 'organization that the test devices belong to'],
  ['runs-on', ['self-hosted'], 'labels for a CI matrix'],
  ['secure-boot', true, 'whether the device under test enforces it'],
  ['test-image', 'balena.img', '`balena.img`, `balena-flasher.img` or `balena-raw.img`'],
  ['timeout-minutes', 30, 'the suite is stopped after this time; 120 when left out'],
];

/** Stand-ins for names that a user chooses. */
const MACHINE = 'MACHINE';
const ENVIRONMENT = 'ENVIRONMENT.example';

/** Every key of osrel.yml with its type, default and meaning, from the schema that checks the file. */
export function renderConfiguration(): string {
  const schema = parseJsonSchema(JSON.parse(renderConfigSchema()));
  const defaults = readDefaults();
  const keys = listKeys(schema, '');
  parseTestMatrix([Object.fromEntries(TEST_KEYS.map(([name, sample]) => [name, sample]))], 'tests.matrix');
  return page(
    'Configuration',
    'Every key of `osrel.yml`. The file is optional, and so is every key. An unknown key is an error that names the nearest known one. `osrel config print` shows every value with its origin. For editors there is a JSON schema, [osrel.schema.json](../../schemas/osrel.schema.json); `osrel config schema` prints it.',
    table(
      ['key', 'type', 'default', 'meaning'],
      keys.map(({ path, type, description }) => [code(path), type, defaults.get(path) ?? '', description]),
    ),
    '## One test of tests.matrix',
    table(
      ['key', 'meaning'],
      TEST_KEYS.map(([name, , meaning]) => [code(name), meaning]),
    ),
    'Cells of `events` have their defaults in [events](events.md). A secret is named, never written: `{ env: NAME }` says which environment variable holds it.',
  );
}

function listKeys(schema: JsonSchema, at: string): readonly Key[] {
  const own = Object.entries(schema.properties).flatMap(([name, child]) => keysOf(child, join(at, name)));
  if (schema.additionalProperties === undefined) return own;
  return [...own, ...keysOf(schema.additionalProperties, `${at}.<name>`)];
}

/** Events all have the same keys: they are told once. */
function keysOfEvents(events: JsonSchema, path: string): readonly Key[] {
  const own = Object.entries(events.content.properties).map(([name, { description }]) => ({
    path: `${path}.${name}`,
    type: 'keys',
    description,
  }));
  const [first] = Object.values(events.content.properties);
  return [...own, ...(first === undefined ? [] : listKeys(first.content, `${path}.<event>`))];
}

/** A machine's build has the keys of `build`: they are told there. */
const TOLD_ELSEWHERE = 'machines.<name>.build';

function keysOf(child: JsonSchema, path: string): readonly Key[] {
  const inner = innerKeysOf(child, path);
  if (inner.length > 0 && child.description === '') return inner;
  return [{ path, type: typeOf(child), description: child.description }, ...inner];
}

function innerKeysOf(child: JsonSchema, path: string): readonly Key[] {
  if (path === 'events') return keysOfEvents(child, path);
  if (path === TOLD_ELSEWHERE) return [];
  const { alternatives } = child.content;
  const maps = alternatives.filter(({ properties }) => Object.keys(properties).length > 0);
  return [child.content, ...(alternatives.length > 1 ? maps : [])].flatMap((each) => listKeys(each, path));
}

function join(at: string, name: string): string {
  return at === '' ? name : `${at}.${name}`;
}

/** Defaults as the configuration has them when the keys around them are written and they are not. */
function readDefaults(): ReadonlyMap<string, string> {
  const written = parseConfig(
    {
      machines: { [MACHINE]: {} },
      environments: { [ENVIRONMENT]: { store: { kind: 's3', bucket: 'my-images' } } },
    },
    { file: 'osrel.yml' },
  );
  const bare = parseConfig(undefined, { file: 'osrel.yml' });
  const settings = [...listSettings(written), ...listSettings(bare)].filter(
    ({ path }) => path[0] !== 'events' && !['kind', 'bucket'].includes(path.at(-1) ?? ''),
  );
  return new Map(
    settings.map(({ path, value }) => [
      path.map((name) => ([MACHINE, ENVIRONMENT, 'local'].includes(name) ? '<name>' : name)).join('.'),
      describe(value),
    ]),
  );
}

function describe(value: unknown): string {
  if (value === MACHINE) return 'the machine';
  if (value === ENVIRONMENT) return "the environment's name";
  if (value === null) return '';
  if (Array.isArray(value) && value.some((each) => typeof each === 'object'))
    return value.map((each: { readonly id?: unknown }) => code(String(each.id))).join(', ');
  return typeof value === 'string' && value.includes(' ')
    ? value
    : code(typeof value === 'string' ? value : JSON.stringify(value));
}
