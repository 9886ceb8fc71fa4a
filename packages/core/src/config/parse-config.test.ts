import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { asOsrelError, type OsrelError } from '../errors/osrel-error.ts';
import { formatKeyPath } from '../model/schema-problems.ts';
import { listKnownKeys } from './config-schema.ts';
import { parseConfig } from './parse-config.ts';

const SOURCE = { file: 'osrel.yml' };
const TOKEN = `ghp_${'a1B2'.repeat(9)}`;

function refusalOf(document: unknown): OsrelError {
  try {
    parseConfig(document, SOURCE);
  } catch (error) {
    const refusal = asOsrelError(error);
    if (refusal === undefined) throw error;
    return refusal;
  }
  throw new Error('the configuration was not refused');
}

const problemsOf = (document: unknown) =>
  refusalOf(document).problems.map(({ at, message }) => `${at.replace('osrel.yml ', '')}: ${message}`);

describe('a configuration with mistakes', () => {
  it('reports those of schema, matrix and rules all at once', () => {
    const refusal = refusalOf({
      machines: { x: { slugg: 'x' }, y: { slug: 'z' }, z: {} },
      tests: { required: ['smoke'], matrix: [{ suite: 'os', lab: 'lava' }] },
      environments: { local: { store: { kind: 's3' } }, staging: { store: {} } },
      environment: 'stagin',
      events: { tag: { deploys3: true, build: 'as-asked' } },
    });
    expect(refusal).toMatchObject({ code: 'config.invalid', exitCode: 2 });
    expect(refusal.message).toBe('osrel.yml has 9 problems');
    expect(refusal.problems.map(({ at }) => at.replace('osrel.yml ', ''))).toEqual([
      'machines.x.slugg',
      'events.tag.deploys3',
      'tests.matrix[0].lab',
      'machines.z.slug',
      'environment',
      'environments.local.store.kind',
      'environments.staging.balena.host',
      'environments.staging.store.bucket',
      'events.tag.build',
    ]);
  });

  it('names the nearest known key', () => {
    expect(problemsOf({ machines: { x: { slugg: 'x' } } })).toEqual([
      'machines.x.slugg: unknown key "slugg"; did you mean "slug"?',
    ]);
    expect(problemsOf({ tests: { finalizeWhenPassed: true } })[0]).toContain('"finalize-when-passed"');
  });

  it('puts a single problem into the message', () => {
    expect(refusalOf({ system: 'yocto' }).message).toBe(
      'osrel.yml system: needs "balena-os", the only release system of this version',
    );
  });

  it('names the line where the source knows it', () => {
    const parse = () =>
      parseConfig({ machines: { x: { slugg: 1 } } }, { ...SOURCE, lineOf: (path) => path.length });
    expect(parse).toThrow('osrel.yml:3 machines.x.slugg');
  });

  it.each([[[]], ['text'], [7], [true]])('is refused when it is %j', (document) => {
    expect(refusalOf(document).problems).toEqual([{ at: 'osrel.yml', message: 'needs a map of keys' }]);
  });

  it.each([
    ['machines', []],
    ['build', 'barys'],
    ['tests', 1],
    ['environments', 'x'],
    ['events', []],
  ])('needs a map for %s', (key, value) => {
    expect(problemsOf({ [key]: value })).toEqual([`${key}: needs a map of keys`]);
  });

  it('does not call missing what is malformed', () => {
    expect(problemsOf({ environments: { 'e.x': { store: { bucket: 'A B' } } } })).toEqual([
      'environments["e.x"].store.bucket: needs a bucket name',
    ]);
  });

  it('judges the parts beside a malformed one', () => {
    const problems = problemsOf({ build: { args: 'x' }, machines: { a: { slug: 'b' }, b: null } });
    expect(problems).toHaveLength(2);
    expect(problems[1]).toBe('machines.b.slug: slug "b" is taken by machine "a"');
  });
});

describe('a secret in the configuration', () => {
  const texts = (error: OsrelError) =>
    JSON.stringify([error.message, error.problems, error.hint, error.details]);

  it.each([
    ['as a value', { environments: { 'e.x': { secrets: { balenaApiKey: TOKEN } } } }],
    ['as a name of a variable', { environments: { 'e.x': { secrets: { balenaApiKey: { env: TOKEN } } } } }],
    ['as an argument', { build: { args: [TOKEN] } }],
    ['as a key', { [TOKEN]: true }],
    ['as a machine', { machines: { [TOKEN]: { slugg: 1 } } }],
    ['as an environment', { environment: TOKEN }],
    ['as a suite', { tests: { required: [TOKEN] } }],
    ['as a lab', { tests: { matrix: [{ suite: 'x', lab: 'leviathan', worker: TOKEN }] } }],
  ])('is refused %s and never shown', (_, document) => {
    const refusal = refusalOf(document);
    expect(refusal.problems.length).toBeGreaterThan(0);
    expect(texts(refusal)).not.toContain(TOKEN);
  });

  it('is refused when it is a short word in the place of a secret', () => {
    const refusal = refusalOf({ environments: { 'e.x': { secrets: { balenaApiKey: 'hunter2' } } } });
    expect(refusal.problems[0]?.message).toContain('needs {env: NAME}');
    expect(texts(refusal)).not.toContain('hunter2');
  });
});

describe('an unknown key', () => {
  const SECTIONS: readonly (readonly string[])[] = [
    [],
    ['machines', 'm'],
    ['machines', 'm', 'build'],
    ['build'],
    ['tests'],
    ['composition'],
    ['environments', 'e.x'],
    ['environments', 'e.x', 'balena'],
    ['environments', 'e.x', 'store'],
    ['environments', 'e.x', 'secrets', 's'],
    ['events'],
    ['events', 'esr-tag'],
  ];
  const sound = { store: { bucket: 'images' }, secrets: { s: { env: 'KEY' } } };
  const withKey = (path: readonly string[], value: unknown): unknown => {
    const [key, ...deeper] = path;
    return key === undefined ? value : Object.fromEntries([[key, withKey(deeper, value)]]);
  };

  it('is reported with its path wherever it stands, whatever it is called', () => {
    const key = fc.oneof(
      fc.string({ minLength: 1 }),
      fc.constantFrom('__proto__', 'constructor', 'toString'),
    );
    fc.assert(
      fc.property(fc.constantFrom(...SECTIONS), key, fc.jsonValue(), (section, name, value) => {
        fc.pre(!listKnownKeys(section).includes(name));
        const path = [...section, name];
        const places = refusalOf(withKey(path, value)).problems.map(({ at }) => at);
        expect(places).toContain(`osrel.yml ${formatKeyPath(path)}`);
      }),
      { numRuns: 300 },
    );
  });

  it('is reported beside known ones', () => {
    expect(problemsOf({ environments: { 'e.x': { ...sound, stor: {} } } })).toEqual([
      'environments["e.x"].stor: unknown key "stor"; did you mean "store"?',
    ]);
  });
});
