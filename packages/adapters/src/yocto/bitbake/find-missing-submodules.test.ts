import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findMissingSubmodules } from './find-missing-submodules.ts';
import { makeTestRepository, type TestRepository } from './test-repository.ts';

let repository: TestRepository;
beforeEach(async () => {
  repository = await makeTestRepository();
});
afterEach(() => repository.removeAll());

const find = async (templates: string | null = null) =>
  (
    await findMissingSubmodules({
      root: repository.root,
      templates,
      buildDirectory: join(repository.root, 'build'),
    })
  ).flatMap(({ error }) => [error.code, ...error.problems.map(({ at }) => at)]);

const declare = (...paths: readonly string[]) =>
  repository.write('.gitmodules', paths.map((path) => `[submodule "x"]\n\tpath = ${path}\n`).join(''));

const MISSING = 'repository.submodule-missing';

describe('findMissingSubmodules', () => {
  it('finds nothing where all is fetched', async () => {
    await declare('layers/poky', 'layers/meta-balena', 'layers/meta-balena-tiny');
    expect(await find()).toEqual([]);
  });

  it('names the scripts and the layers of the sample that were never fetched', async () => {
    await declare('balena-yocto-scripts', 'layers/poky', 'layers/meta-balena');
    await repository.remove('layers/meta-balena');
    expect(await find()).toEqual([MISSING, 'balena-yocto-scripts', 'layers/meta-balena']);
  });

  it('names the layer with the init script, also when the sample is not there either', async () => {
    await declare('layers/poky', 'layers/meta-balena-tiny');
    await repository.remove('layers/poky');
    await repository.remove('layers/meta-balena-tiny/conf/samples');
    expect(await find()).toEqual([MISSING, 'layers/poky']);
  });

  it('does not miss what only other templates name', async () => {
    await declare('layers/meta-more');
    const other = `BBLAYERS = "\${TOPDIR}/../layers/meta-more"\n`;
    await repository.write('layers/meta-balena-tiny/conf/more/bblayers.conf.sample', other);
    expect(await find()).toEqual([]);
    expect(await find('layers/meta-balena-tiny/conf/more')).toEqual([MISSING, 'layers/meta-more']);
  });

  it('leaves a missing layer that is no submodule to barys', async () => {
    await repository.remove('layers/poky/meta');
    expect(await find()).toEqual([]);
  });

  it('refuses templates outside of the layers', async () => {
    await expect(find('../elsewhere')).rejects.toMatchObject({ code: 'build.templates-malformed' });
  });
});
