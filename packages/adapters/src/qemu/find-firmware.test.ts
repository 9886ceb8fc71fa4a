import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Firmware, findFirmware } from './find-firmware.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'osrel-firmware-'));
  for (const each of ['bin', 'share/qemu', 'firmware']) await mkdir(join(folder, each), { recursive: true });
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const inside = (name: string) => join(folder, name);

function find(configured: string | null = null): Promise<Firmware | undefined> {
  const kind = {
    packages: 'ovmf',
    files: [
      [inside('firmware/A_CODE.fd'), inside('firmware/A_VARS.fd')],
      [inside('firmware/B_CODE.fd'), inside('firmware/B_VARS.fd')],
    ],
    ownFiles: ['edk2-x86_64-code.fd', 'edk2-i386-vars.fd'],
  } as const;
  return findFirmware({ kind, configured, program: inside('bin/qemu-system-x86_64') });
}

describe('findFirmware', () => {
  it('prefers what the distribution brings, in order, to what QEMU brings', async () => {
    expect(await find()).toBeUndefined();
    for (const name of ['share/qemu/edk2-x86_64-code.fd', 'share/qemu/edk2-i386-vars.fd']) {
      await writeFile(inside(name), '');
    }
    const own = {
      code: inside('share/qemu/edk2-x86_64-code.fd'),
      variables: inside('share/qemu/edk2-i386-vars.fd'),
    };
    expect(await find()).toEqual(own);
    await writeFile(inside('firmware/B_CODE.fd'), '');
    expect(await find()).toEqual({ code: inside('firmware/B_CODE.fd'), variables: null });
    await writeFile(inside('firmware/A_CODE.fd'), '');
    await writeFile(inside('firmware/A_VARS.fd'), '');
    expect(await find()).toEqual({
      code: inside('firmware/A_CODE.fd'),
      variables: inside('firmware/A_VARS.fd'),
    });
  });

  it('takes the configured file and the variables beside it, and nothing in its place', async () => {
    await writeFile(inside('firmware/A_CODE.fd'), '');
    expect(await find(inside('mine_CODE.fd'))).toBeUndefined();
    await writeFile(inside('mine_CODE.fd'), '');
    expect(await find(inside('mine_CODE.fd'))).toEqual({ code: inside('mine_CODE.fd'), variables: null });
    await writeFile(inside('mine_VARS.fd'), '');
    expect(await find(inside('mine_CODE.fd'))).toMatchObject({ variables: inside('mine_VARS.fd') });
    await writeFile(inside('whole.fd'), '');
    expect(await find(inside('whole.fd'))).toEqual({ code: inside('whole.fd'), variables: null });
  });
});
