import { mkdir, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { chooseLocale } from './build-locale.ts';
import { removeBuildFolder } from './remove-build-folder.ts';
import { renderConfNotes } from './render-conf-notes.ts';
import { layersIn } from './sample-layers.ts';
import { parseEnvironment, sourceEnvironment } from './source-environment.ts';
import { findStaleConfiguration } from './stale-configuration.ts';
import { makeTestRepository, type TestRepository, TINY_REPOSITORY } from './test-repository.ts';

let repository: TestRepository;
beforeEach(async () => {
  repository = await makeTestRepository();
});
afterEach(() => repository.removeAll());

const place = () => ({
  root: repository.root,
  buildDirectory: join(repository.root, 'build'),
  initLayer: join(repository.root, 'layers/poky'),
  templates: join(repository.root, 'layers/meta-balena-tiny/conf/samples'),
});

function source(changes: Partial<Parameters<typeof sourceEnvironment>[0]> = {}) {
  const { root, options } = repository;
  const initScript = join(root, 'layers/poky/oe-init-build-env');
  const { signal, onLine } = repository.beginning();
  const { runProgram, environment } = options;
  return sourceEnvironment({ ...place(), runProgram, environment, initScript, signal, onLine, ...changes });
}

describe('sourceEnvironment', () => {
  it('gives the environment the script leaves, with values of any kind', async () => {
    const odd = 'a\nb=c "d" $HOME \'';
    const left = await source({ environment: { ...repository.options.environment, ODD: odd } });
    expect(left).toMatchObject({ ODD: odd, BUILDDIR: join(repository.root, 'build') });
    expect(left).not.toHaveProperty('SHLVL');
  });

  it('does not run what BASH_ENV names, nor anything in a path', async () => {
    await repository.write('evil', `touch ${repository.root}/ran\n`);
    const environment = { ...repository.options.environment, BASH_ENV: join(repository.root, 'evil') };
    const buildDirectory = join(repository.root, 'b$(touch ran)');
    await source({ environment, buildDirectory });
    await expect(stat(join(repository.root, 'ran'))).rejects.toThrow();
  });

  it('judges by what is there afterwards, and shows what the script said', async () => {
    await repository.write('layers/poky/oe-init-build-env', 'echo "Error: no python" >&2\nreturn 0\n');
    await expect(source()).rejects.toMatchObject({
      code: 'build.environment-failed',
      message: expect.stringMatching(/did not make conf\/local\.conf .*\n {2}Error: no python$/s),
    });
  });

  it('does not take the status of the script for its success', async () => {
    await repository.write(
      'layers/poky/oe-init-build-env',
      `${TINY_REPOSITORY['layers/poky/oe-init-build-env']}false\n`,
    );
    expect(await source()).toHaveProperty('BUILDDIR');
  });

  it('says when no bitbake comes of it', async () => {
    await repository.remove('layers/poky/bitbake');
    const environment = { ...repository.options.environment, PATH: '/usr/bin:/bin' };
    await expect(source({ environment })).rejects.toMatchObject({ code: 'build.no-bitbake' });
  });

  it('leaves exported functions of the shell out', () => {
    expect(parseEnvironment('A=1\0BASH_FUNC_x%%=() { :; }\0B=\0=C\0')).toEqual({ A: '1', B: '' });
  });
});

describe('chooseLocale', () => {
  const choose = async (locales: string, major: number) => {
    await repository.write('bin/locale', `#!/bin/sh\nprintf '${locales}'\n`);
    const { runProgram } = repository.options;
    const environment = { PATH: `${join(repository.root, 'bin')}:/bin` };
    return chooseLocale({
      runProgram,
      environment,
      workingDirectory: repository.root,
      version: { major, minor: 0 },
    });
  };

  it('is the one bitbake gives its tasks, however the machine spells it', async () => {
    expect(await choose('C\\nen_US.utf8\\n', 2)).toEqual({ name: 'en_US.UTF-8' });
  });

  it('is a plain one for an old bitbake on a machine without it', async () => {
    expect(await choose('C\\nC.UTF-8\\n', 1)).toEqual({ name: 'C.UTF-8' });
  });

  it('is in the way where a new bitbake would not start', async () => {
    expect((await choose('C\\nC.UTF-8\\n', 2)).obstacle?.error).toMatchObject({
      code: 'build.no-locale',
      hint: expect.stringContaining('localedef'),
    });
  });

  it('is taken to be there on a machine that cannot tell', async () => {
    const { runProgram } = repository.options;
    const request = { runProgram, environment: { PATH: '/nowhere' }, workingDirectory: repository.root };
    expect(await chooseLocale({ ...request, version: undefined })).toEqual({ name: 'en_US.UTF-8' });
  });
});

describe('layersIn', () => {
  const layers = (text: string) =>
    layersIn(text, { buildDirectory: '/r/build', initLayer: '/r/layers/poky' });

  it('fills in what the init script fills in', () => {
    const text =
      'BBLAYERS ?= " \\\n  $' + '{TOPDIR}/../layers/a/ \\\n  ##OEROOT##/meta ##COREBASE##/meta-poky \\\n"\n';
    expect(layers(text)).toEqual(['/r/layers/a', '/r/layers/poky/meta', '/r/layers/poky/meta-poky']);
  });

  it('follows variables of the file, additions and removals', () => {
    const text =
      'L = "/x"\nBBLAYERS = "$' + '{L}/a $' + '{L}/b"\nBBLAYERS += "/c"\nBBLAYERS:remove = "/x/b"\n';
    expect(layers(text)).toEqual(['/x/a', '/c']);
  });

  it('keeps what it cannot know', () => {
    expect(layers('BBLAYERS = "$' + '{OTHER}/a"')).toEqual(['$' + '{OTHER}/a']);
  });
});

describe('findStaleConfiguration', () => {
  it('has nothing against a build folder of the same templates, nor against none', async () => {
    expect(await findStaleConfiguration(place())).toBeUndefined();
    await source();
    expect(await findStaleConfiguration(place())).toBeUndefined();
  });

  it('says which layers differ, and what to remove', async () => {
    await source();
    await repository.write(
      'layers/meta-balena-tiny/conf/samples/bblayers.conf.sample',
      'BBLAYERS ?= "##OEROOT##/meta $' +
        '{TOPDIR}/../layers/meta-balena-tiny $' +
        '{TOPDIR}/../layers/meta-new"\n',
    );
    const stale = await findStaleConfiguration(place());
    expect(stale?.error).toMatchObject({
      code: 'build.stale-layers',
      message:
        'build/conf/bblayers.conf lacks layers/meta-new and has layers/meta-balena/meta-balena-common, which is not in the sample',
      hint: expect.stringContaining('rm build/conf/bblayers.conf '),
    });
  });

  it('minds a record of other templates, which old init scripts follow', async () => {
    await source();
    await repository.write('build/conf/templateconf.cfg', '/work/layers/meta-balena-tiny/conf/samples\n');
    expect((await findStaleConfiguration(place()))?.at).toBe('build/conf/templateconf.cfg');
    await repository.write(
      'build/conf/templateconf.cfg',
      `${place().root}/layers/x/../meta-balena-tiny/conf/samples`,
    );
    await mkdir(join(repository.root, 'layers/x'));
    expect(await findStaleConfiguration(place())).toBeUndefined();
  });
});

describe('removeBuildFolder', () => {
  const build = () => join(repository.root, 'build');

  it('removes what a build left, an empty folder, and nothing', async () => {
    await removeBuildFolder(build());
    await mkdir(build());
    await removeBuildFolder(build());
    await source();
    await removeBuildFolder(build());
    await expect(stat(build())).rejects.toThrow();
  });

  it('does not remove a folder of other things, a link, or a file', async () => {
    const refused = { code: 'build.not-a-build-folder' };
    await repository.write('src/main.c', '');
    await expect(removeBuildFolder(join(repository.root, 'src'))).rejects.toMatchObject(refused);
    await expect(removeBuildFolder(join(repository.root, 'src/main.c'))).rejects.toMatchObject(refused);
    await symlink('src', build());
    await expect(removeBuildFolder(build())).rejects.toMatchObject(refused);
    await writeFile(join(repository.root, 'src/main.c'), 'still here');
  });
});

describe('renderConfNotes', () => {
  it('lists images once and a command for each device type, in the order of the files', () => {
    const text = renderConfNotes([
      { fileName: 'b', name: 'Bee', machine: 'bee', image: 'balena-image' },
      { fileName: 'a', name: 'Éclair', machine: 'ay', image: 'balena-image-flasher' },
      { fileName: 'c', name: 'Sea', machine: null, image: null },
    ]);
    expect(text).toContain(
      `\tbalena-image\n\tbalena-image-flasher\n\nÉclair${' '.repeat(33)} : $ MACHINE=ay`,
    );
    expect(text.endsWith(' : $ MACHINE=null bitbake \n\n')).toBe(true);
  });
});
