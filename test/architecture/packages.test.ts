import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { listSources, ROOT } from './source-files.ts';

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

function readManifest(folder: string): Manifest {
  return JSON.parse(readFileSync(join(ROOT, folder, 'package.json'), 'utf8')) as Manifest;
}

/** `@scope/name/deep` and `name/deep` -> the package. */
function packageOf(specifier: string): string {
  return specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
}

describe.each(['packages/core', 'packages/adapters', 'packages/cli', 'test'])('%s', (folder) => {
  const manifest = readManifest(folder);
  const sources = listSources(folder === 'test' ? 'test' : `${folder}/src`);
  const imported = (which: (isTest: boolean) => boolean) =>
    new Set(
      sources
        .filter((source) => which(source.isTest && folder !== 'test'))
        .flatMap((source) => source.imports)
        .filter((each) => each.file === null && !each.specifier.startsWith('node:'))
        .map((each) => packageOf(each.specifier)),
    );

  it('declares what it imports and imports what it declares', () => {
    const product = [...imported((isTest) => !isTest)].filter((name) => name !== 'vitest');
    expect(product.sort()).toEqual(Object.keys(manifest.dependencies ?? {}).sort());
  });

  it('declares what its tests import besides', () => {
    const known = [
      ...Object.keys(manifest.dependencies ?? {}),
      ...Object.keys(manifest.devDependencies ?? {}),
      'vitest',
    ];
    expect([...imported(() => true)].filter((name) => !known.includes(name))).toEqual([]);
  });

  it('takes every version from the catalog', () => {
    const versions = Object.values({ ...manifest.dependencies, ...manifest.devDependencies });
    expect(versions.filter((version) => version !== 'catalog:' && version !== 'workspace:*')).toEqual([]);
  });
});

it('core depends on semver and one schema library, nothing else', () => {
  expect(Object.keys(readManifest('packages/core').dependencies ?? {}).sort()).toEqual(['semver', 'zod']);
});

it('the catalog holds exact versions, each used by somebody (W31)', () => {
  const workspace = parse(readFileSync(join(ROOT, 'pnpm-workspace.yaml'), 'utf8')) as {
    readonly catalog: Readonly<Record<string, string>>;
  };
  const used = ['.', 'packages/core', 'packages/adapters', 'packages/cli', 'test'].flatMap((folder) => {
    const manifest = readManifest(folder);
    return Object.keys({ ...manifest.dependencies, ...manifest.devDependencies });
  });
  expect(Object.entries(workspace.catalog).filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual(
    [],
  );
  expect(Object.keys(workspace.catalog).filter((name) => !used.includes(name))).toEqual([]);
});
