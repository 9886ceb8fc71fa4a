import { describe, expect, it } from 'vitest';
import { EVENT_ACTIONS, EVENT_NAMES } from './config.ts';
import { listKnownKeys, renderConfigSchema } from './config-schema.ts';

interface Schema {
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly anyOf?: readonly Schema[];
  readonly additionalProperties?: Schema | boolean;
}

const schema: Schema = JSON.parse(renderConfigSchema());

/** Every object of the schema with its key path. */
function objectsOf(part: Schema, path: string): readonly (readonly [string, Schema])[] {
  const below = [
    ...Object.entries(part.properties ?? {}).flatMap(([key, value]) => objectsOf(value, `${path}.${key}`)),
    ...(part.anyOf ?? []).flatMap((option) => objectsOf(option, path)),
    ...(typeof part.additionalProperties === 'object'
      ? objectsOf(part.additionalProperties, `${path}.*`)
      : []),
  ];
  return part.properties === undefined ? below : [[path, part], ...below];
}

describe('the JSON schema of osrel.yml', () => {
  it('is closed in every object', () => {
    const open = objectsOf(schema, '').filter(([, part]) => part.additionalProperties !== false);
    expect(objectsOf(schema, '').length).toBeGreaterThan(10);
    expect(open.map(([path]) => path)).toEqual([]);
  });

  it('describes every key', () => {
    const silent = objectsOf(schema, '').flatMap(([path, part]) =>
      Object.entries(part.properties ?? {})
        .filter(([, value]) => (value.description ?? '') === '')
        .map(([key]) => `${path}.${key}`),
    );
    expect(silent).toEqual([]);
  });

  it('demands nothing at the top', () => {
    expect(schema).not.toHaveProperty('required');
  });

  it('ends with one newline', () => {
    expect(renderConfigSchema()).toMatch(/[^\n]\n$/);
  });
});

describe('the known keys', () => {
  it.each([
    [
      ['machines', 'any'],
      ['slug', 'device-type', 'tier', 'build', 'tests'],
    ],
    [
      ['machines', 'any', 'build', 'container'],
      ['engine', 'image', 'user'],
    ],
    [
      ['build', 'sstate-cache'],
      ['kind', 'path', 'bucket', 'prefix', 'region', 'endpoint', 'credentials', 'read'],
    ],
    [['build', 'secrets', 'SIGN_API_KEY'], ['env']],
    [['build', 'kas'], ['file']],
    [['environments', 'e', 'secrets', 's'], ['env']],
    [['events'], [...EVENT_NAMES]],
    [['events', 'tag'], [...EVENT_ACTIONS]],
  ])('at %j are %j', (path, keys) => {
    expect(listKnownKeys(path)).toEqual(expect.arrayContaining(keys));
    expect(listKnownKeys(path)).toHaveLength(keys.length);
  });

  it('are the same for a machine as for all', () => {
    expect(listKnownKeys(['build']).length).toBeGreaterThan(20);
    expect(listKnownKeys(['machines', 'any', 'build'])).toEqual(listKnownKeys(['build']));
  });

  it('are none where any name may stand or nothing is known', () => {
    expect(listKnownKeys(['machines'])).toEqual([]);
    expect(listKnownKeys(['toString'])).toEqual([]);
    expect(listKnownKeys(['tests', 'matrix', 0])).toEqual([]);
  });
});
