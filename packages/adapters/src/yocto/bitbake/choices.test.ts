import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { chooseInitLayer } from './choose-init-layer.ts';
import { chooseTemplates } from './choose-templates.ts';
import { findMissingLayers } from './missing-layers.ts';
import { findOldSyntax } from './old-syntax.ts';
import { readLayers } from './read-layers.ts';
import { makeTestRepository, type TestRepository } from './test-repository.ts';

let repository: TestRepository;
beforeEach(async () => {
  repository = await makeTestRepository({});
});
afterEach(() => repository.removeAll());

const layerConf = (name: string, priority: number, series = 'kirkstone') =>
  `BBFILE_PRIORITY_${name} = "${priority}"\nLAYERSERIES_COMPAT_${name} = "${series}"\n`;

async function layer(folder: string, conf: string, ...samples: readonly string[]): Promise<void> {
  await repository.write(`layers/${folder}/conf/layer.conf`, conf);
  for (const sample of samples) await repository.write(`layers/${folder}/${sample}/bblayers.conf.sample`, '');
}

describe('readLayers', () => {
  it('reads priority and releases of layers one and two folders deep', async () => {
    await layer('meta-balena-tiny', layerConf('tiny', 1337, ' Kirkstone scarthgap '));
    await layer('meta-openembedded/meta-oe', '#LAYERSERIES_COMPAT_oe = "old"\nBBFILE_PRIORITY_oe ?= "5"\n');
    expect(await readLayers(repository.root)).toEqual([
      { folder: 'layers/meta-balena-tiny', priority: 1337, series: ['kirkstone', 'scarthgap'] },
      { folder: 'layers/meta-openembedded/meta-oe', priority: 5, series: [] },
    ]);
  });

  it('finds none in a repository without layers', async () => {
    expect(await readLayers(repository.root)).toEqual([]);
  });
});

describe('chooseTemplates', () => {
  async function choose(wanted: string | null = null): Promise<string> {
    const { root } = repository;
    const choice = await chooseTemplates({ root, wanted, layers: await readLayers(root) });
    if (choice.kind === 'none') return choice.obstacle.error.code;
    return `${choice.folder.slice(root.length + 1)}: ${choice.because}`;
  }

  it('takes the only ones', async () => {
    await layer('meta-balena-tiny', layerConf('tiny', 1), 'conf/samples');
    expect(await choose()).toBe('layers/meta-balena-tiny/conf/samples: the only templates of the repository');
  });

  it('takes the folder default in them, as scarthgap has it', async () => {
    await layer('meta-balena-tiny', layerConf('tiny', 1), 'conf/templates/default');
    expect(await choose()).toMatch(/^layers\/meta-balena-tiny\/conf\/templates\/default: /);
  });

  it('takes those of the layer with the highest priority, and not those it keeps for single machines', async () => {
    await layer('meta-balena-rpi-sb', layerConf('sb', 2000), 'conf/samples/raspberrypicm4-ioboard');
    await layer('meta-balena-rpi', layerConf('rpi', 1337), 'conf/samples');
    await layer('meta-balena-low', layerConf('low', 900), 'conf/samples');
    expect(await choose()).toBe('layers/meta-balena-rpi/conf/samples: highest BBFILE_PRIORITY 1337');
  });

  it('takes the first by name of two with the same priority', async () => {
    await layer('meta-balena-b', layerConf('b', 7), 'conf/samples');
    await layer('meta-balena-a', layerConf('a', 7), 'conf/samples');
    expect(await choose()).toBe('layers/meta-balena-a/conf/samples: highest BBFILE_PRIORITY 7');
  });

  it('does not guess between templates of no layer', async () => {
    await layer('meta-balena-a', '', 'conf/samples/x', 'conf/samples/y');
    expect(await choose()).toBe('build.templates-ambiguous');
  });

  it('takes the folder it is told, or the only one below it', async () => {
    await layer('meta-balena-rpi', layerConf('rpi', 1337), 'conf/samples');
    await layer('meta-balena-rpi-sb', layerConf('sb', 1), 'conf/samples/cm4');
    const chosen = /^layers\/meta-balena-rpi-sb\/conf\/samples\/cm4: named by build.templates/;
    expect(await choose('layers/meta-balena-rpi-sb/conf/samples/cm4')).toMatch(chosen);
    expect(await choose('layers/meta-balena-rpi-sb')).toMatch(chosen);
    expect(await choose(join(repository.root, 'layers/meta-balena-rpi-sb'))).toMatch(chosen);
  });

  it('says when there are none', async () => {
    expect(await choose()).toBe('build.no-templates');
    expect(await choose('layers/nowhere')).toBe('build.templates-missing');
  });

  it.each(['conf/samples', '../x', 'layers/../../etc', ''])('refuses the path %j', async (wanted) => {
    await expect(choose(wanted)).rejects.toMatchObject({ code: 'build.templates-malformed' });
  });
});

describe('chooseInitLayer', () => {
  const choose = async () => chooseInitLayer(repository.root, await readLayers(repository.root));

  it('is poky', async () => {
    await layer('meta-balena-tiny', layerConf('tiny', 1));
    await repository.write('layers/poky/oe-init-build-env', '');
    expect(await choose()).toMatchObject({ folder: 'layers/poky', isPresent: true });
  });

  it('is openembedded-core where a device layer is for wrynose', async () => {
    await layer('meta-balena-tiny', layerConf('tiny', 1, 'scarthgap Wrynose'));
    expect(await choose()).toEqual({
      folder: 'layers/openembedded-core',
      because: 'layers/meta-balena-tiny is for wrynose',
      isPresent: false,
    });
  });

  it('is found elsewhere in a repository that has nothing of balena', async () => {
    await repository.write('poky/oe-init-build-env', '');
    expect(await choose()).toMatchObject({ folder: 'poky', isPresent: true });
  });
});

describe('findMissingLayers', () => {
  const find = (...paths: readonly string[]) =>
    findMissingLayers(
      repository.root,
      paths.map((path) => join(repository.root, path)),
    );

  it('names each submodule once, with one command, and other layers by their folder', async () => {
    const submodules = ['layers/poky', 'layers/meta-oe', 'tests/autohat', 'balena-yocto-scripts'];
    await repository.write(
      '.gitmodules',
      submodules.map((path) => `[submodule "x"]\n\tpath = ${path}\n`).join(''),
    );
    await repository.write('layers/present/conf/layer.conf', '');
    const found = await find(
      'layers/poky',
      'layers/poky/meta',
      'layers/meta-oe/a',
      'layers/mine',
      'layers/present',
    );
    expect(found.map(({ error }) => [error.code, error.hint])).toEqual([
      [
        'repository.submodule-missing',
        'git submodule update --init --recursive balena-yocto-scripts layers/meta-oe layers/poky',
      ],
      ['build.layer-missing', expect.any(String)],
    ]);
    expect(found[1]?.error.problems.map(({ at }) => at)).toEqual(['layers/mine']);
  });

  it('names a folder that is missing in a submodule that is there', async () => {
    await repository.write('.gitmodules', '[submodule "x"]\n\tpath = layers/poky\n');
    await repository.write('layers/poky/oe-init-build-env', '');
    expect((await find('layers/poky/meta-gone')).map(({ error }) => error.code)).toEqual([
      'build.layer-missing',
    ]);
  });

  it('has nothing to say when all is there', async () => {
    await repository.write('layers/a/conf/layer.conf', '');
    expect(await find('layers/a')).toEqual([]);
  });
});

describe('findOldSyntax', () => {
  const find = async () => findOldSyntax(await readLayers(repository.root))?.error.code;

  async function oldDevice(commonSeries: string): Promise<void> {
    await layer('meta-balena/meta-resin-pyro', '');
    await layer('meta-balena/meta-balena-common', layerConf('common', 1, commonSeries));
    await layer('meta-balena-tiny', layerConf('tiny', 1, 'sumo'));
  }

  it('refuses a device layer of an old release over a new meta-balena', async () => {
    await oldDevice('kirkstone');
    expect(await find()).toBe('build.old-syntax');
  });

  it('accepts a meta-balena that was converted', async () => {
    await oldDevice('pyro rocko sumo thud warrior dunfell');
    expect(await find()).toBeUndefined();
  });

  it('does not mind a device layer of a new release', async () => {
    await oldDevice('kirkstone');
    await layer('meta-balena-tiny', layerConf('tiny', 1, 'kirkstone'));
    expect(await find()).toBeUndefined();
  });
});
