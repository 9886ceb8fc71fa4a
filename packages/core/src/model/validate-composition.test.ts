import { describe, expect, it } from 'vitest';
import type { ComposeService } from './composition.ts';
import { formatKeyPath } from './schema-problems.ts';
import { validateComposition } from './validate-composition.ts';

const hostapp: ComposeService = {
  image: '__BUILD_OUTPUT__',
  'x-build': {},
  labels: { 'io.balena.image.class': 'hostapp' },
};
const tools: ComposeService = { image: '__BUILD_OUTPUT__', 'x-build': { recipe: 'hostos-tools' } };

const problemsOf = (services: Readonly<Record<string, ComposeService | null>>) =>
  validateComposition({ services }, formatKeyPath).map(({ at, message }) => `${at}: ${message}`);

describe('validateComposition', () => {
  it.each([
    ['a hostapp alone', { hostapp }],
    ['a hostapp with another name', { core: hostapp, tools }],
    ['an extension from a registry', { hostapp, extra: { image: 'registry/extra:1', 'x-build': null } }],
    [
      'an extension from a registry that says nothing of x-build',
      { hostapp, extra: { image: 'registry/extra:1' } },
    ],
    ['a service that was opted out', { hostapp, tools: null }],
  ])('accepts %s', (_, services) => {
    expect(problemsOf(services)).toEqual([]);
  });

  it.each([{}, { tools: null }])('refuses %j: there are no services', (services) => {
    expect(problemsOf(services)).toEqual([
      'services: there are no services; a composition needs the hostapp',
    ]);
  });

  it.each([
    [{ image: '__BUILD_OUTPUT__', 'x-build': null }, 'is null'],
    [{ image: '__BUILD_OUTPUT__' }, 'is missing'],
  ])('refuses build output that nothing builds: %j', (service, reason) => {
    const problems = problemsOf({ hostapp, tools: service });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(`services.tools.x-build: image is __BUILD_OUTPUT__ but x-build ${reason}`);
  });

  it('refuses a concrete image that is built as well', () => {
    expect(problemsOf({ hostapp, tools: { ...tools, image: 'registry/x:1' } })).toEqual([
      'services.tools.image: x-build is set, so image must be __BUILD_OUTPUT__, not "registry/x:1"',
    ]);
  });

  it('refuses a service without an image, built or not', () => {
    expect(problemsOf({ hostapp, a: { 'x-build': { recipe: 'a' } }, b: {} })).toEqual([
      'services.a: image is missing; it must be "__BUILD_OUTPUT__"',
      'services.b: image is missing; it must be the image to use',
    ]);
  });

  it('refuses the same recipe twice', () => {
    expect(problemsOf({ hostapp, tools, again: tools })).toEqual([
      'services.again.x-build.recipe: service again has the same recipe "hostos-tools" as service tools',
    ]);
  });

  it('refuses two services without a recipe: they would write one file', () => {
    expect(problemsOf({ hostapp, tools: { ...tools, 'x-build': {} } })).toEqual([
      'services.tools.x-build.recipe: service tools has no recipe, so it would build the same image as service hostapp',
    ]);
  });

  it('refuses a recipe that is the hostapp image by name', () => {
    expect(problemsOf({ hostapp, tools: { ...tools, 'x-build': { recipe: 'balena-image' } } })).toHaveLength(
      1,
    );
  });

  it('refuses a composition without a hostapp', () => {
    expect(problemsOf({ tools })).toEqual([
      'services: no service has the label io.balena.image.class: hostapp',
    ]);
  });

  it('refuses two hostapps', () => {
    const second = { ...hostapp, 'x-build': { recipe: 'other' } };
    expect(problemsOf({ hostapp, second })).toEqual([
      'services: exactly one service may have class hostapp, these have: hostapp, second',
    ]);
  });

  it('refuses a hostapp that is not built', () => {
    expect(problemsOf({ hostapp: { ...hostapp, image: 'registry/os:1', 'x-build': null } })).toEqual([
      'services.hostapp.x-build: the hostapp service hostapp is not built: it has no x-build',
    ]);
  });

  it('reports every broken rule', () => {
    const problems = problemsOf({
      a: { image: '__BUILD_OUTPUT__' },
      tools,
      again: tools,
      b: { image: 'x', 'x-build': { recipe: 'b' } },
    });
    expect(problems).toHaveLength(4);
  });
});
