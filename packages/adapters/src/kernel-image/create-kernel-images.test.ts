import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { buildTestElf } from './build-test-elf.ts';
import { createKernelImages } from './create-kernel-images.ts';
import { makeTestCertificate } from './make-test-certificate.ts';

const certificate = makeTestCertificate('key');
const digest = createHash('sha256').update(certificate).digest('hex');
const kernel = buildTestElf({ wordBytes: 8, order: 'little', list: certificate });
const MACHINE = 'board-64';

async function buildWith(files: Readonly<Record<string, Buffer>>) {
  const folder = await mkdtemp(join(tmpdir(), 'osrel-kernel-'));
  const temporary = join(folder, 'build/tmp');
  for (const [name, content] of Object.entries(files)) {
    await mkdir(join(temporary, dirname(name)), { recursive: true });
    await writeFile(join(temporary, name), content);
  }
  return temporary;
}

async function list(temporary: string) {
  const images = createKernelImages({ readSecret: () => undefined });
  const found = await images.listKernels({ assetRoot: join(temporary, 'deploy'), machine: MACHINE });
  return { ...found, paths: found.kernels.map(({ path }) => path.slice(temporary.length + 1)) };
}

const WORK = 'work/board_64-poky-linux/linux-board/6.6-r0';

describe('the kernels of a build', () => {
  it('are every vmlinux of the work folders of its kernel recipes, and of the shared ones', async () => {
    const temporary = await buildWith({
      [`${WORK}/linux-board-6.6/vmlinux`]: kernel,
      [`${WORK}/build/vmlinux`]: kernel,
      'work/board_64-poky-linux/linux-tiny/1.0/build/vmlinux': kernel,
      'work-shared/board-64/kernel-build-artifacts/vmlinux': kernel,
    });
    const found = await list(temporary);
    expect(found.paths).toEqual([
      `${WORK}/build/vmlinux`,
      `${WORK}/linux-board-6.6/vmlinux`,
      'work/board_64-poky-linux/linux-tiny/1.0/build/vmlinux',
      'work-shared/board-64/kernel-build-artifacts/vmlinux',
    ]);
    expect(found.kernels[0]).toMatchObject({
      workFolder: join(temporary, WORK),
      trusted: { kind: 'certificates', certificates: [{ sha256: digest }] },
    });
    expect(found.recipes).toEqual(['linux-board', 'linux-tiny']);
  });

  it('are not those of other machines, other recipes, packages, boot wrappers or behind links', async () => {
    const temporary = await buildWith({
      'work/board_64_plus-poky-linux/linux-board/6.6/build/vmlinux': kernel,
      'work/board-poky-linux/linux-board/6.6/build/vmlinux': kernel,
      'work/board_64-poky-linux/busybox/1.0/build/vmlinux': kernel,
      'work-shared/board/kernel-source/vmlinux': kernel,
      [`${WORK}/image/boot/vmlinux`]: kernel,
      [`${WORK}/packages-split/kernel/boot/vmlinux`]: kernel,
      [`${WORK}/build/arch/x86/boot/compressed/vmlinux`]: kernel,
      [`${WORK}/build/vmlinux.o`]: kernel,
    });
    await symlink(join(temporary, 'work-shared/board/kernel-source'), join(temporary, WORK, 'source'));
    await symlink(join(temporary, WORK, 'build/vmlinux.o'), join(temporary, WORK, 'build/vmlinux'));
    expect((await list(temporary)).paths).toEqual([]);
  });

  it('are gone where rm_work left only the logs; the recipe is still named', async () => {
    const temporary = await buildWith({ [`${WORK}/temp/log.do_compile`]: Buffer.from('done') });
    expect(await list(temporary)).toMatchObject({ paths: [], recipes: ['linux-board'] });
  });

  it('are none where nothing was built', async () => {
    expect(await list(join(tmpdir(), 'osrel-not-there'))).toMatchObject({ paths: [], recipes: [] });
  });
});

describe('the certificates wanted', () => {
  const read = (value: string | undefined) =>
    createKernelImages({ readSecret: (env) => (env === 'KEY' ? value : 'other') }).readCertificates('KEY');

  it('come from the environment variable, as digests only', async () => {
    expect(await read(certificate.toString('base64'))).toEqual([{ sha256: digest }]);
  });

  it('are missing when it is not set or blank', async () => {
    await expect(read(undefined)).rejects.toMatchObject({
      code: 'kernel-key.missing',
      message: /KEY is not set/,
    });
    await expect(read(' \n')).rejects.toMatchObject({ code: 'kernel-key.missing', message: /KEY is empty/ });
  });

  it('are refused when malformed, without showing the value', async () => {
    const error = await read('c2VjcmV0IHZhbHVl!').catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'kernel-key.malformed' });
    expect(JSON.stringify(error) + String(error)).not.toContain('c2VjcmV0');
  });
});
