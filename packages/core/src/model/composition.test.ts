import { describe, expect, it } from 'vitest';
import { OsrelError } from '../errors/osrel-error.ts';
import { imageClassOf, listServices, parseComposition } from './composition.ts';

function problemsOf(raw: unknown): readonly string[] {
  try {
    parseComposition(raw, 'hostapp.yml');
  } catch (error) {
    if (error instanceof OsrelError && error.code === 'composition.malformed') {
      return error.problems.map(({ at, message }) => `${at}: ${message}`);
    }
    throw error;
  }
  return [];
}

const withService = (service: unknown) => ({ services: { tools: service } });

describe('parseComposition', () => {
  it('passes compose keys through and keeps services in order', () => {
    const raw = {
      version: '2.4',
      networks: { a: null },
      services: { b: { image: 'b:1', profiles: ['x'], volumes: ['d:/d'] }, a: null },
    };
    const composition = parseComposition(raw, 'hostapp.yml');
    expect(composition).toEqual(raw);
    expect(Object.keys(composition.services)).toEqual(['b', 'a']);
  });

  it('turns labels into a map of texts, whether map or list', () => {
    const map = parseComposition(
      withService({ labels: { 'io.balena.update.requires-reboot': 1, a: true, b: null } }),
      'f',
    );
    expect(map.services.tools?.labels).toEqual({ 'io.balena.update.requires-reboot': '1', a: 'true', b: '' });
    const list = parseComposition(
      withService({ labels: ['io.balena.image.class=overlay', 'a=b=c', 'bare'] }),
      'f',
    );
    expect(list.services.tools?.labels).toEqual({ 'io.balena.image.class': 'overlay', a: 'b=c', bare: '' });
  });

  it.each([null, undefined, {}, { services: {} }])('reads %j as a document without services', (raw) => {
    expect(parseComposition(raw, 'f').services).toEqual({});
  });

  it.each([
    null,
    {},
    { recipe: 'hostos-tools' },
    { build_args: ['-a', 'X=1'], assets: ['images/__MACHINE__/a.*'] },
  ])('accepts x-build %j', (build) => {
    expect(parseComposition(withService({ 'x-build': build }), 'f').services.tools?.['x-build']).toEqual(
      build,
    );
  });

  it.each([
    ['recipie', 'did you mean "recipe"'],
    ['buildArgs', 'did you mean "build_args"'],
    ['asset', 'did you mean "assets"'],
    ['environment', 'known keys: recipe, build_args, assets'],
  ])('refuses the x-build key %s: %s', (key, advice) => {
    const [problem] = problemsOf(withService({ 'x-build': { [key]: 'x' } }));
    expect(problem).toContain(`hostapp.yml: services.tools.x-build.${key}: unknown key`);
    expect(problem).toContain(advice);
  });

  it.each(['x-biuld', 'x_build', 'xbuild', 'X-Build'])(
    'takes the service key %s for a mistyped x-build',
    (key) => {
      expect(problemsOf(withService({ [key]: {} }))).toEqual([
        `hostapp.yml: services.tools.${key}: unknown key "${key}"; did you mean "x-build"?`,
      ]);
    },
  );

  it.each(['x-labels', 'build', 'x-balena'])('lets the service key %s pass', (key) => {
    expect(problemsOf(withService({ [key]: {} }))).toEqual([]);
  });

  it.each([
    ['an empty recipe', { recipe: '' }, 'recipe'],
    ['a recipe that is a path', { recipe: '../x' }, 'recipe'],
    ['a build argument over two lines', { build_args: ['a\nb'] }, 'build_args[0]'],
    ['a build argument that is no text', { build_args: [1] }, 'build_args[0]'],
    ['assets that are no list', { assets: 'VERSION' }, 'assets'],
    ['an absolute asset', { assets: ['ok', '/etc/passwd'] }, 'assets[1]'],
    ['an asset outside the build output', { assets: ['a/../../b'] }, 'assets[0]'],
  ])('refuses %s', (_, build, key) => {
    const problems = problemsOf(withService({ 'x-build': build }));
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(`services.tools.x-build.${key}: `);
  });

  it('reports every problem of the document at once', () => {
    const raw = {
      services: {
        a: { image: '' },
        b: { 'x-build': { recip: 'x', assets: [1] } },
        'c/d': {},
        e: 7,
        f: { labels: 7 },
      },
    };
    const problems = problemsOf(raw).join('\n');
    for (const key of [
      'services.a.image',
      'services.b.x-build.recip',
      'services.b.x-build.assets[0]',
      'services["c/d"]',
      'services.e',
      'services.f.labels',
    ]) {
      expect(problems).toContain(`hostapp.yml: ${key}: `);
    }
  });

  it.each(['text', [], { services: [] }, { services: 'none' }])('refuses %j as a composition', (raw) => {
    expect(problemsOf(raw)).toHaveLength(1);
  });
});

describe('services of a composition', () => {
  it('have the class of their label, overlay without one', () => {
    expect(imageClassOf({ labels: { 'io.balena.image.class': 'hostapp' } })).toBe('hostapp');
    expect(imageClassOf({ labels: {} })).toBe('overlay');
    expect(imageClassOf({})).toBe('overlay');
  });

  it('are listed without those that were opted out', () => {
    expect(listServices({ services: { a: null, b: { image: 'x' } } })).toEqual([['b', { image: 'x' }]]);
  });
});
