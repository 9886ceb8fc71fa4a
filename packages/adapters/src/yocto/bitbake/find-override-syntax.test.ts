import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findOverrideSyntax, overrideSyntaxIn } from './find-override-syntax.ts';
import { makeTestRepository, type TestRepository } from './test-repository.ts';

let repository: TestRepository;
beforeEach(async () => {
  repository = await makeTestRepository({});
});
afterEach(() => repository.removeAll());

const layer = (folder: string, series: string) =>
  repository.write(`layers/${folder}/conf/layer.conf`, `LAYERSERIES_COMPAT_x = "${series}"\n`);
const bitbake = (version: string) =>
  repository.write('layers/poky/bitbake/lib/bb/__init__.py', `__version__ = "${version}"\n`);

describe('findOverrideSyntax', () => {
  it.each([
    ['dunfell', 'underscore'],
    ['warrior dunfell', 'underscore'],
    ['dunfell kirkstone', 'colon'],
    ['honister', 'colon'],
    ['a-release-to-come', 'colon'],
  ])('believes a device layer for %s over bitbake: %s', async (series, syntax) => {
    await layer('meta-balena-tiny', series);
    await bitbake(syntax === 'colon' ? '1.46.0' : '2.8.0');
    expect(await findOverrideSyntax(repository.root)).toBe(syntax);
  });

  it('is new as soon as one device layer is', async () => {
    await layer('meta-balena-one', 'dunfell');
    await layer('meta-balena-two', 'kirkstone');
    expect(await findOverrideSyntax(repository.root)).toBe('colon');
  });

  it('does not listen to layers of others', async () => {
    await layer('meta-openembedded/meta-oe', 'dunfell');
    await bitbake('2.8.0');
    expect(await findOverrideSyntax(repository.root)).toBe('colon');
  });

  it.each([
    ['1.46.0', 'underscore'],
    ['1.50.0', 'underscore'],
    ['1.52.0', 'colon'],
    ['2.0.0', 'colon'],
  ])('is told by bitbake %s where no device layer says: %s', async (version, syntax) => {
    await layer('meta-balena-tiny', '');
    await bitbake(version);
    expect(await findOverrideSyntax(repository.root)).toBe(syntax);
  });

  it('takes a repository that tells nothing for a new one', async () => {
    expect(await findOverrideSyntax(repository.root)).toBe('colon');
    expect(overrideSyntaxIn([], undefined)).toBe('colon');
  });
});
