import { describe, expect, it } from 'vitest';
import { listSources, type SourceFile } from './source-files.ts';

const sources = listSources('packages');
const product = sources.filter((source) => !source.isTest);

/** Who may import whom inside core: a layer may import itself and what is listed (ARCHITECTURE.md). */
const CORE_LAYERS: Readonly<Record<string, readonly string[]>> = {
  errors: [],
  model: ['errors'],
  config: ['model', 'errors'],
  ports: ['model', 'errors'],
  steps: ['ports', 'model', 'errors'],
  plan: ['steps', 'ports', 'model', 'errors'],
  engine: ['plan', 'steps', 'ports', 'model', 'errors'],
  pipelines: ['plan-release-types.ts', 'plan', 'steps', 'ports', 'config', 'model', 'errors'],
};

/** The root files may import every layer; the types file only what its types are made of. */
const PURE = [
  /^packages\/core\/src\/(model|config|plan|errors)\//,
  /^packages\/core\/src\/pipelines\/(?!define-pipeline|.*\/(gather-|pipeline\.ts))/,
];

const CLI_ONLY = ['commander', 'listr2', 'chalk'];

function layerOf(path: string): string {
  return path.split('/')[3] ?? '';
}

function breaches(
  files: readonly SourceFile[],
  findsIn: (source: SourceFile) => readonly string[],
): readonly string[] {
  return files.flatMap((source) => findsIn(source).map((what) => `${source.path}: ${what}`));
}

describe('import rules', () => {
  it('keeps the layers of core in order', () => {
    const core = product.filter((source) => source.path.startsWith('packages/core/src/'));
    const found = breaches(core, (source) => {
      const allowed = CORE_LAYERS[layerOf(source.path)];
      if (allowed === undefined) return source.path.split('/').length === 4 ? [] : ['is in no known layer'];
      return source.imports
        .filter((each) => each.file !== null)
        .map((each) => layerOf(each.file ?? ''))
        .filter((layer) => layer !== layerOf(source.path) && !allowed.includes(layer))
        .map((layer) => `imports ${layer}`);
    });
    expect(found).toEqual([]);
  });

  it('keeps planning pure: no async, no clock, no environment, no file system', () => {
    const impure = [
      /\basync\b/,
      /\bawait\b/,
      /\bnew Date\(\)/,
      /\bDate\.now\b/,
      /\bMath\.random\b/,
      /\bprocess\./,
      /\bconsole\./,
    ];
    const pure = product.filter((source) => PURE.some((pattern) => pattern.test(source.path)));
    expect(pure.length).toBeGreaterThan(30);
    const found = breaches(pure, (source) => [
      ...impure.filter((pattern) => pattern.test(source.code)).map((pattern) => `uses ${pattern.source}`),
      ...source.imports
        .filter((each) => each.specifier.startsWith('node:') && each.specifier !== 'node:crypto')
        .map((each) => `imports ${each.specifier}`),
    ]);
    expect(found).toEqual([]);
  });

  it('lets packages point one way: core <- adapters <- cli', () => {
    const allowed: Readonly<Record<string, readonly string[]>> = {
      core: [],
      adapters: ['@osrel/core'],
      cli: ['@osrel/core', '@osrel/adapters'],
    };
    const found = breaches(product, (source) => {
      const own = source.path.split('/')[1] ?? '';
      return source.imports.flatMap((each) => {
        if (each.file !== null)
          return each.file.startsWith(`packages/${own}/`) ? [] : [`reaches into ${each.file}`];
        if (each.specifier === 'osrel' || each.specifier.startsWith('@osrel/')) {
          return allowed[own]?.includes(each.specifier) === true ? [] : [`imports ${each.specifier}`];
        }
        return CLI_ONLY.includes(each.specifier) && own !== 'cli' ? [`imports ${each.specifier}`] : [];
      });
    });
    expect(found).toEqual([]);
  });

  it('keeps adapters apart: no vendor folder imports another', () => {
    const adapters = product.filter((source) => /^packages\/adapters\/src\/[^/]+\//.test(source.path));
    const found = breaches(adapters, (source) =>
      source.imports
        .filter((each) => each.file !== null && /^packages\/adapters\/src\/[^/]+\//.test(each.file))
        .filter((each) => layerOf(each.file ?? '') !== layerOf(source.path))
        .map((each) => `imports ${each.specifier}`),
    );
    expect(found).toEqual([]);
  });

  it('touches process, console, the clock and chance in few places', () => {
    const allowed = [
      /^packages\/cli\/src\/(main|bin|process-terminal)\.ts$/,
      /^packages\/adapters\/src\/file-system\//,
    ];
    const ambient = [/\bprocess\./, /\bconsole\./, /\bDate\.now\(/, /\bMath\.random\(/];
    const others = product.filter((source) => !allowed.some((pattern) => pattern.test(source.path)));
    const found = breaches(others, (source) =>
      ambient.filter((pattern) => pattern.test(source.code)).map((pattern) => `uses ${pattern.source}`),
    );
    expect(found).toEqual([]);
  });

  it('has no import cycle', () => {
    const graph = new Map(
      product.map((source) => [
        source.path,
        source.imports.filter((each) => !each.isTypeOnly).flatMap((each) => each.file ?? []),
      ]),
    );
    expect(findCycle(graph)).toEqual([]);
  });

  it('has one index a package and no barrel inside', () => {
    const indexes = product.filter((source) => /\/index\.ts$/.test(source.path)).map((source) => source.path);
    expect(indexes.filter((path) => path.split('/').length !== 4)).toEqual([]);
  });
});

function findCycle(graph: ReadonlyMap<string, readonly string[]>): readonly string[] {
  const done = new Set<string>();
  const visit = (path: string, trail: readonly string[]): readonly string[] => {
    if (trail.includes(path)) return [...trail.slice(trail.indexOf(path)), path];
    if (done.has(path)) return [];
    for (const next of graph.get(path) ?? []) {
      const cycle = visit(next, [...trail, path]);
      if (cycle.length > 0) return cycle;
    }
    done.add(path);
    return [];
  };
  for (const path of graph.keys()) {
    const cycle = visit(path, []);
    if (cycle.length > 0) return cycle;
  }
  return [];
}
