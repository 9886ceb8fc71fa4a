import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { PIPELINES, STEP_KINDS } from '@osrel/core';
import { describe, expect, it } from 'vitest';
import { listSources, ROOT } from './source-files.ts';

const sources = ['packages', 'test', 'bench', 'scripts'].flatMap(listSources);

/** Names that say nothing about what is inside (style guide, rule 4). */
const EMPTY_WORDS = [
  'util',
  'utils',
  'helper',
  'helpers',
  'common',
  'shared',
  'misc',
  'manager',
  'service',
  'handler',
  'context',
  'data',
  'info',
];

describe('the tree', () => {
  it('has no file over 300 lines', () => {
    expect(
      sources.filter((source) => source.lines > 300).map((source) => `${source.lines} ${source.path}`),
    ).toEqual([]);
  });

  it('has no file named after nothing', () => {
    const empty = sources.filter((source) => {
      const words = basename(source.path)
        .replace(/(\.test)?\.ts$/, '')
        .split('-');
      return EMPTY_WORDS.some(
        (word) => words.at(-1) === word && source.path !== 'packages/core/src/steps/build-service.ts',
      );
    });
    expect(empty.map((source) => source.path)).toEqual([]);
  });

  it('registers every step kind, each in a file of its name', () => {
    const folder = join(ROOT, 'packages/core/src/steps');
    const kinds = readdirSync(folder)
      .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
      .filter((name) => /= defineStepKind\(/.test(readFileSync(join(folder, name), 'utf8')))
      .map((name) => name.replace(/\.ts$/, ''));
    expect([...STEP_KINDS.keys()].sort()).toEqual(kinds.sort());
  });

  it('gives every step that writes a probe that looks', () => {
    const folder = join(ROOT, 'packages/core/src/steps');
    const blind = [...STEP_KINDS.values()]
      .filter((kind) => kind.writes)
      .filter((kind) =>
        /probe: async \(\) => notDone/.test(readFileSync(join(folder, `${kind.kind}.ts`), 'utf8')),
      );
    expect(blind.map((kind) => kind.kind)).toEqual([]);
  });

  it('registers every pipeline, each in a folder of its name', () => {
    const folders = readdirSync(join(ROOT, 'packages/core/src/pipelines'), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => entry.name);
    expect([...PIPELINES.keys()].sort()).toEqual(folders.sort());
  });

  it('keeps one port interface a file, with at most seven methods', () => {
    const ports = listSources('packages/core/src/ports').filter((source) => !source.isTest);
    const large = ports.filter((source) => (source.code.match(/^ {2}\w+\(/gm) ?? []).length > 7);
    expect(large.map((source) => source.path)).toEqual([]);
  });

  it("names no path or tool of anybody's machine", () => {
    const found = sources.filter(
      (source) =>
        /\/(work|root|home)\/(main|shared|notes|[a-z]+\/\.)/.test(source.text) &&
        !source.path.endsWith('tree.test.ts'),
    );
    expect(found.map((source) => source.path)).toEqual([]);
  });
});
