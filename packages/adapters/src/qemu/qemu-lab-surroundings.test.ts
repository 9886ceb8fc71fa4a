import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SuiteRequest } from '@osrel/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findProcess } from '../linux-process.ts';
import type { QemuLabOptions } from './create-qemu-lab.ts';
import { makeTestQemu, type StandInStep, type TestQemu } from './test-qemu.ts';
import { KERNEL, labOptions, startSuite, withTimings } from './test-qemu-lab.ts';

let qemu: TestQemu;
beforeEach(async () => {
  qemu = await makeTestQemu();
});
afterEach(() => qemu.remove());

const start = (
  changes: Partial<SuiteRequest> = {},
  options: Partial<QemuLabOptions> = {},
  signal = new AbortController().signal,
) => startSuite(qemu, { changes, options, signal });

async function boot(steps: readonly StandInStep[], options: Partial<QemuLabOptions> = {}) {
  await qemu.play({ steps });
  const { result, told } = start({}, options);
  return { result: await result, told };
}

describe('createQemuLab without what it needs', () => {
  it('names the package of a missing QEMU or firmware', async () => {
    const bare = { environment: { ...qemu.environment, PATH: join(qemu.folder, 'nothing') } };
    expect(await start({}, bare).result).toMatchObject({
      verdict: 'infrastructure',
      rule: 'qemu-missing',
      because: expect.stringContaining('install qemu-system-x86'),
      given: [],
      rig: null,
    });
    const config = { ...labOptions(qemu).config, firmware: 'no/such.fd' };
    expect(await start({}, { config }).result).toMatchObject({
      verdict: 'infrastructure',
      rule: 'firmware-missing',
      because: expect.stringContaining(join(qemu.folder, 'no/such.fd')),
    });
  });

  it('does not test what it cannot: another architecture, secure boot, no image', async () => {
    for (const change of [{ architecture: 'rpi' }, { secureBoot: true }, { image: null }]) {
      expect(await start(change).result).toMatchObject({ verdict: 'unsupported', rule: 'qemu-unsupported' });
    }
  });

  it('says which image is gone', async () => {
    const image = { name: 'image/balena.img', path: join(qemu.folder, 'gone.img') };
    await expect(start({ image }).result).rejects.toMatchObject({
      kind: 'integrity',
      code: 'lab.image-missing',
      message: expect.stringContaining(image.path),
    });
    expect(await readdir(qemu.temporary)).toEqual([]);
  });

  it('refuses another lab and a marker that is no expression', async () => {
    await expect(start({ lab: 'command' }).result).rejects.toMatchObject({ code: 'lab.unavailable' });
    await expect(start({ marker: '(' }).result).rejects.toMatchObject({
      kind: 'config',
      code: 'lab.bad-marker',
    });
  });

  it('uses KVM only where a guest runs under it, and remembers', async () => {
    const auto = { config: { ...labOptions(qemu).config, acceleration: 'auto' } } as const;
    const rigOf = async (kvm: 'works' | 'hangs' | 'refuses', options: Partial<QemuLabOptions>) => {
      await qemu.play({ kvm, steps: [{ print: 'qemu login: ' }] });
      return (await start({}, { ...auto, ...options }).result).rig?.name;
    };
    expect(await rigOf('works', {})).toBe('QEMU 9.2.3, KVM');
    expect(await rigOf('refuses', {})).toBe('QEMU 9.2.3, KVM');
    expect(await rigOf('refuses', { cacheFolder: undefined })).toBe('QEMU 9.2.3, software emulation');
    const impatient = withTimings({ guestMs: 300 });
    expect(await rigOf('hangs', { ...impatient, cacheFolder: undefined })).toContain('software');
    expect(await rigOf('works', { kvmDevice: '/no/kvm', cacheFolder: undefined })).toContain('software');
    expect(await rigOf('works', { hostArchitecture: 'arm64', cacheFolder: undefined })).toContain('software');
  });

  it('says so when KVM is asked for and cannot be had', async () => {
    const config = { ...labOptions(qemu).config, acceleration: 'kvm' } as const;
    expect(await start({}, { config, kvmDevice: '/no/kvm' }).result).toMatchObject({
      verdict: 'infrastructure',
      rule: 'kvm-unusable',
    });
  });
});

describe('createQemuLab that is interrupted', () => {
  it('ends a QEMU that does not want to end, and leaves nothing behind', async () => {
    await qemu.play({ steps: [{ print: KERNEL }], ignoresQuit: true, ignoresSigterm: true });
    const controller = new AbortController();
    const { result, told } = start({}, {}, controller.signal);
    await expect
      .poll(() => told.lines.some((line) => line.includes('Linux version')), { timeout: 20_000 })
      .toBe(true);
    controller.abort();
    await expect(result).rejects.toMatchObject({ kind: 'cancelled' });
    const [call] = await qemu.calls();
    expect(await findProcess(call?.pid ?? 0)).toBeUndefined();
    expect(await readdir(qemu.temporary)).toEqual([]);
    expect(await readdir(join(qemu.folder, 'slots'))).toEqual([]);
    expect(told.kept.has('serial.log')).toBe(true);
  });

  it('ends a QEMU that does not answer after its boot was judged', async () => {
    await qemu.play({ steps: [{ print: 'qemu login: ' }], ignoresQuit: true, ignoresSigterm: true });
    expect(await start({}, withTimings({ quitMs: 100 })).result).toMatchObject({ verdict: 'passed' });
    const [call] = await qemu.calls();
    expect(await findProcess(call?.pid ?? 0)).toBeUndefined();
  });

  it('ends the QEMU and removes the folder that a killed osrel left', async () => {
    await boot([{ print: 'qemu login: ' }]);
    const own = await findProcess(process.pid);
    const [first] = await qemu.calls();
    const left = first?.TMPDIR ?? '';
    await mkdir(left);
    await writeFile(join(left, 'overlay'), 'x');
    const orphan = spawn(process.execPath, ['-e', 'console.log(1); setInterval(() => {}, 1000)'], {
      detached: true,
      cwd: qemu.folder,
    });
    try {
      await once(orphan.stdout, 'data');
      const program = await findProcess(orphan.pid ?? 0);
      if (own === undefined || program === undefined) throw new Error('no /proc here');
      const owner = { ...own, startTicks: own.startTicks - 1 };
      const slot = left.split('-').at(-2);
      await writeFile(join(qemu.folder, `slots/${slot}.json`), JSON.stringify({ owner, program }));
      const gone = once(orphan, 'exit');
      const { result } = await boot([{ print: 'qemu login: ' }]);
      expect(result).toMatchObject({ verdict: 'passed' });
      await gone;
      expect(await readdir(qemu.temporary)).toEqual([]);
    } finally {
      orphan.kill('SIGKILL');
    }
  });
});
