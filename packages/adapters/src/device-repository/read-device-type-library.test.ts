import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { EVALUATION } from './evaluate-device-type.ts';
import { readDeviceTypeLibrary } from './read-device-type-library.ts';

const require = createRequire(import.meta.url);

function versionOf(name: string, from = require): string {
  const manifest: unknown = JSON.parse(readFileSync(from.resolve(`${name}/package.json`), 'utf8'));
  return `${name} ${String(Reflect.get(Object(manifest), 'version'))}`;
}

describe('readDeviceTypeLibrary', () => {
  it('holds every module that one of its modules requires', async () => {
    const { modules } = await readDeviceTypeLibrary();
    const required = Object.values(modules).flatMap(({ requires }) => Object.values(requires));
    expect(required.filter((name) => !Object.hasOwn(modules, name))).toEqual([]);
    expect(Object.keys(modules)).toEqual(
      expect.arrayContaining(['@resin.io/device-types/build', 'lodash', 'lodash/template']),
    );
  });

  it('is JSON, which the bundle can hold', async () => {
    const library = await readDeviceTypeLibrary();
    expect(JSON.parse(JSON.stringify(library))).toEqual(library);
  });

  it('is what the name of an evaluation says, so that no result of another version is used', () => {
    const library = createRequire(require.resolve('@resin.io/device-types/package.json'));
    for (const version of [
      versionOf('coffee-script'),
      versionOf('@resin.io/device-types'),
      versionOf('lodash', library),
    ]) {
      expect(EVALUATION).toContain(`${version}, `);
    }
  });
});
