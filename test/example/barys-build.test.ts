import { createHash } from 'node:crypto';
import { access, readdir, readFile, readlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { copyRepository, type RepositoryCopy, runProgram } from './device-repository.ts';

const MACHINE = 'raspberrypi4-64';

let repository: RepositoryCopy;

beforeAll(async () => {
  repository = await copyRepository('with-compiler');
});

afterAll(() => repository.remove());

function build(...words: readonly string[]) {
  return repository.barys(['-m', MACHINE, ...words]);
}

/** The members of a tar file, read by hand. */
function readTar(bytes: Buffer): Map<string, Buffer> {
  const members = new Map<string, Buffer>();
  for (let at = 0; at + 512 <= bytes.length && bytes[at] !== 0; ) {
    const field = (from: number, length: number) =>
      bytes.toString('latin1', at + from, at + from + length).replace(/\0.*$/s, '');
    const size = Number.parseInt(field(124, 12), 8);
    const prefix = field(345, 155);
    members.set(
      (prefix === '' ? '' : `${prefix}/`) + field(0, 100),
      bytes.subarray(at + 512, at + 512 + size),
    );
    at += 512 + Math.ceil(size / 512) * 512;
  }
  return members;
}

function sha256(bytes: Buffer | undefined): string {
  return createHash('sha256')
    .update(bytes ?? '')
    .digest('hex');
}

async function readArchive(name: string) {
  const members = readTar(await readFile(join(repository.images(MACHINE), name)));
  const manifest = JSON.parse(members.get('manifest.json')?.toString() ?? 'null')[0];
  return { members, manifest, config: JSON.parse(members.get(manifest.Config)?.toString() ?? 'null') };
}

describe('a build of one machine', () => {
  it('says that it succeeded, in the words CI looks for', async () => {
    const { status, stdout } = await build();
    expect(status).toBe(0);
    expect(stdout).toMatch(/^\[\d{9}\]\[LOG\]Build for raspberrypi4-64 suceeded\.$/m);
    expect(stdout).toContain(`build/tmp/deploy/images/${MACHINE}/balena-image-${MACHINE}.balenaos-img`);
  });

  it('deploys every file of the machine, images behind links to timestamped files', async () => {
    // -r, because a supervisor pinned by an earlier run stays in local.conf, as it does upstream.
    await build('-r');
    const folder = repository.images(MACHINE);
    const names = await readdir(folder);
    for (const stem of [`balena-image-${MACHINE}`]) {
      for (const suffix of ['.balenaos-img', '.docker', '.manifest']) {
        expect(await readlink(join(folder, stem + suffix))).toMatch(/-\d{14}\.[a-z-]+$/);
      }
    }
    expect(names).toEqual(expect.arrayContaining(['VERSION', 'VERSION_HOSTOS', 'os-release']));
    expect(await readFile(join(folder, 'VERSION'), 'utf8')).toBe('v18.2.2\n');
    expect(await readFile(join(folder, 'VERSION_HOSTOS'), 'utf8')).toBe(await repository.text('VERSION'));
    expect(await readFile(join(repository.deploy, 'licenses/base-files/MIT'), 'utf8')).toContain(
      'MIT License',
    );
    expect(names.filter((name) => name.endsWith('.part'))).toEqual([]);
  });

  it('removes the timestamped files of the build before', async () => {
    await repository.barys(['-m', MACHINE], { env: { SOURCE_DATE_EPOCH: '1700000000' } });
    await repository.barys(['-m', MACHINE], { env: { SOURCE_DATE_EPOCH: '1700000001' } });
    const names = await readdir(repository.images(MACHINE));
    expect(names.filter((name) => name.includes('-202311') && name.endsWith('img'))).toEqual([
      `balena-image-${MACHINE}-20231114221321.balenaos-img`,
    ]);
  });

  it('makes a hostapp archive whose digests are those of its layers', async () => {
    await build();
    const { members, manifest, config } = await readArchive(`balena-image-${MACHINE}.docker`);
    const layer = members.get(manifest.Layers[0]);
    expect(config.rootfs.diff_ids).toEqual([`sha256:${sha256(layer)}`]);
    expect(manifest.Config).toBe(`${sha256(members.get(manifest.Config))}.json`);
    expect(manifest.RepoTags).toEqual([`balena-image-${MACHINE}:6.5.1`]);
    expect(config).toMatchObject({ architecture: 'arm64', os: 'linux' });
    expect(config.config.Labels).toEqual({
      'io.balena.image.class': 'hostapp',
      'io.balena.image.store': 'root',
      'io.balena.update.requires-reboot': '1',
    });
    expect(
      readTar(layer ?? Buffer.alloc(0))
        .get('etc/os-release')
        ?.toString(),
    ).toContain('VERSION="6.5.1"');
  });

  it('builds only the archive of the extension when that is the target', async () => {
    await build('-r', '-a', 'HOSTOS_TOOLS_FEATURES=network', '--bitbake-target', 'hostos-tools');
    const names = await readdir(repository.images(MACHINE));
    expect(names.filter((name) => /img|balena-image/.test(name))).toEqual([]);
    expect(names).toContain('hostos-tools.manifest');
    const { members, manifest, config } = await readArchive(`hostos-tools-${MACHINE}.docker`);
    expect(config.config.Labels).toMatchObject({
      'io.balena.image.class': 'overlay',
      'io.balena.image.os-version': '6.5.1',
    });
    const files = readTar(members.get(manifest.Layers[0]) ?? Buffer.alloc(0));
    expect(files.get('usr/share/hostos-tools/features')?.toString()).toBe('network\n');
  });

  it('packs the headers and writes a CycloneDX bill with the digest of every file', async () => {
    await build();
    const archive = await readFile(join(repository.images(MACHINE), 'kernel_modules_headers.tar.gz'));
    const header = readTar(gunzipSync(archive)).get('kernel_modules_headers/include/generated/utsrelease.h');
    expect(header?.toString()).toBe('#define UTS_RELEASE "6.6.31"\n');
    const bom = JSON.parse(
      await readFile(join(repository.deploy, 'cyclonedx-export/balena-image/bom.json'), 'utf8'),
    );
    expect(bom).toMatchObject({ bomFormat: 'CycloneDX', specVersion: '1.5', version: 1 });
    const { members, manifest } = await readArchive(`balena-image-${MACHINE}.docker`);
    const init = readTar(members.get(manifest.Layers[0]) ?? Buffer.alloc(0)).get('sbin/init');
    expect(bom.components).toContainEqual({
      type: 'file',
      'bom-ref': 'file:/sbin/init',
      name: '/sbin/init',
      hashes: [{ alg: 'SHA-256', content: sha256(init) }],
    });
  });

  it('lets the options reach the image', async () => {
    await build('-d', '--rm-work', '--build-history', '--supervisor-version', '17.1.0');
    const folder = repository.images(MACHINE);
    expect(await readFile(join(folder, 'os-release'), 'utf8')).toContain('VARIANT="Development"');
    expect(await readFile(join(folder, 'VERSION'), 'utf8')).toBe('v17.1.0\n');
    const history = `build/buildhistory/images/${MACHINE}/balena-image/files-in-image.txt`;
    expect(await repository.text(history)).toContain('/sbin/init');
    await expect(access(join(repository.path, 'build/tmp/work', MACHINE))).rejects.toThrow('ENOENT');
  });

  it('builds a machine named twice only once', async () => {
    const { stdout } = await build('-m', MACHINE, '--bitbake-target', 'hostos-tools');
    expect(stdout.match(/Build for raspberrypi4-64 suceeded\./g)).toHaveLength(1);
    expect(stdout).toContain('Build for raspberrypi4-64-hostos-tools already done.');
  });
});

describe('a build that fails', () => {
  const recipe = 'layers/meta-balena-example/recipes-core/balena-init/balena-init_1.0.bb';

  async function withBrokenRecipe(text: string, ...words: readonly string[]) {
    const before = await repository.text(recipe);
    await writeFile(join(repository.path, recipe), text);
    try {
      return await build(...words);
    } finally {
      await writeFile(join(repository.path, recipe), before);
    }
  }

  it('ends with 2 and names file and line of a recipe that cannot be read', async () => {
    const { status, stdout, stderr } = await withBrokenRecipe('SUMMARY = "x"\nthis is no assignment\n');
    expect(status).toBe(2);
    expect(stderr).toMatch(/ParseError at .*balena-init_1\.0\.bb:2: unparsed line: 'this is no assignment'/);
    expect(stdout).toContain(
      `Build for ${MACHINE} failed. Check failed log in build/tmp/log/cooker/${MACHINE} .`,
    );
    expect(await repository.text(`build/tmp/log/cooker/${MACHINE}/console-latest.log`)).toContain(
      'ParseError',
    );
  });

  const unlicensed = 'SUMMARY = "x"\nLICENSE = "Nonesuch"\nFILES_DIR = "files/rootfs"\n';

  it('stops at the first failed task and writes its log', async () => {
    const { status, stdout, stderr } = await withBrokenRecipe(unlicensed);
    expect(status).toBe(2);
    expect(stderr).toContain('LICENSE names Nonesuch');
    expect(stdout).toMatch(/Summary: 1 task failed:\n {2}\S+balena-init_1\.0\.bb:do_install\n {4}log: (\S+)/);
    expect(stdout).not.toContain('balena-supervisor-18.2.2-r0: task do_install: Started');
  });

  it('goes on with what does not need the failed recipe when told to continue', async () => {
    const { status, stdout } = await withBrokenRecipe(unlicensed, '-k');
    expect(status).toBe(2);
    expect(stdout).toContain('balena-supervisor-18.2.2-r0: task do_install: Succeeded');
    expect(stdout).not.toContain('balena-image-1.0-r0: task do_rootfs: Started');
  });

  it.each([
    [['--bitbake-target', 'nonesuch'], "Nothing PROVIDES 'nonesuch'"],
    [['--bitbake-args', '--frobnicate'], 'unrecognized arguments: --frobnicate'],
    [['-a', 'BALENA_BOOT_SIZE=1', '-a', 'DEVICE_TYPE=../x'], 'DEVICE_TYPE is no file name'],
  ])('ends with 2 for %j', async (words, message) => {
    const { status, stderr } = await build(...words);
    expect(status).toBe(2);
    expect(stderr).toContain(message);
  });

  it.each([
    ['SIGTERM', 143],
    ['SIGINT', 130],
  ] as const)('stops on %s with status %i and leaves nothing half done', async (signal, status) => {
    const fresh = await repository.barys(['-m', MACHINE, '-r'], {
      env: { EXAMPLE_BUILD_DELAY_MS: '60000' },
      stopWhen: { seen: 'do_rootfs: Started', signal },
    });
    expect(fresh.status).toBe(status);
    const names = await readdir(repository.images(MACHINE));
    expect(names.filter((name) => name.includes('balena-image'))).toEqual([]);
  });
});

describe('the front-end', () => {
  it('is executable by its own path from another folder', async () => {
    const program = join(repository.path, 'balena-yocto-scripts/build/barys');
    expect(await runProgram(program, ['-v'], { cwd: '/' })).toMatchObject({ status: 0, stdout: '1.4\n' });
  });
});
