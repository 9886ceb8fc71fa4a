import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { SuiteRequest } from '@osrel/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { QemuLabOptions } from './create-qemu-lab.ts';
import { makeTestQemu, type StandInStep, type TestQemu } from './test-qemu.ts';
import { FIRMWARE, KERNEL, startSuite, withTimings } from './test-qemu-lab.ts';

const SHA256_OF_IMAGE = '6105d6cc76af400325e94d588ce511be5bfdbb73b437dc51eca43917d7a43e3d';

const PANIC = '[    4.1] Kernel panic - not syncing: VFS: Unable to mount root fs\r\n';

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

describe('createQemuLab', () => {
  it('passes an image that shows the marker, also as a prompt without a line end', async () => {
    const { result, told } = await boot([{ print: `${KERNEL}\r\nqemu login: ` }]);
    expect(result).toMatchObject({
      verdict: 'passed',
      isWhole: true,
      given: [{ name: 'image/balena.img', sizeBytes: 5, sha256: SHA256_OF_IMAGE }],
      rig: { kind: 'qemu', name: 'QEMU 9.2.3, software emulation' },
    });
    expect(result.tests.map(({ name, outcome }) => [name, outcome])).toEqual([
      ['firmware starts the image', 'passed'],
      ['kernel starts', 'passed'],
      ['console shows the marker', 'passed'],
    ]);
    expect([...told.kept.keys()]).toEqual(['serial.log']);
    expect(told.kept.get('serial.log')).toBe(`${KERNEL}\r\nqemu login: `);
    expect(told.lines).toContain('[    0.000000] Linux version 6.1.0 (gcc) #1 SMP');
    expect(told.progress.map(({ activity }) => activity)).toContain('testing');
    expect(await readdir(qemu.temporary)).toEqual([]);
  });

  it('gives the machine the image for reading only, fresh variables, no network, and room of its own', async () => {
    await boot([{ print: 'qemu login: ' }]);
    const [call] = await qemu.calls();
    const words = call?.words.join(' ');
    expect(words).toContain(`if=none,id=disk,format=raw,snapshot=on,file=${qemu.image}`);
    expect(words).toContain('-nic none');
    expect(words).toContain(`readonly=on,file=${qemu.firmware} `);
    expect(words).toContain(`unit=1,format=raw,file=${call?.TMPDIR}/variables`);
    expect(call?.TMPDIR.startsWith(join(qemu.temporary, 'osrel-qemu-'))).toBe(true);
  });

  it.each<readonly [string, readonly StandInStep[], string, RegExp]>([
    ['a panic', [{ print: KERNEL + PANIC }], 'kernel-panic', /panicked: .*VFS/],
    [
      'a panic that the machine tells QEMU',
      [{ print: KERNEL }, { event: 'GUEST_PANICKED', data: { action: 'pause' } }],
      'kernel-panic',
      /panicked/,
    ],
    [
      'a boot loop',
      Array.from({ length: 3 }, () => [{ print: KERNEL }, { event: 'RESET', data: { guest: true } }]).flat(),
      'boot-loop',
      /3 times/,
    ],
    ['nothing to boot', [{ print: 'UEFI Interactive Shell v2.2\r\n' }], 'nothing-to-boot', /Shell/],
    ['a boot loader that stopped', [{ print: `${FIRMWARE}grub rescue> ` }], 'boot-loader-stopped', /grub/],
    [
      'emergency mode',
      [{ print: `${KERNEL}You are in emergency mode. After logging in, type "journalctl -xb"\r\n` }],
      'emergency-mode',
      /emergency/,
    ],
    [
      'a machine that switches itself off',
      [{ print: KERNEL }, { event: 'SHUTDOWN', data: { guest: true, reason: 'guest-shutdown' } }],
      'powered-off',
      /Linux version/,
    ],
  ])('fails on %s, and keeps the screen', async (_, steps, rule, because) => {
    const { result, told } = await boot(steps);
    expect(result).toMatchObject({ verdict: 'failed', rule, because: expect.stringMatching(because) });
    expect(result.tests.filter(({ outcome }) => outcome === 'failed')).toHaveLength(1);
    expect(told.kept.get('screen.png')).toBe('PNG of the stand-in');
    expect(told.kept.has('serial.log')).toBe(true);
  });

  it('tells a hang from a marker that does not come, and both from a fault of the kernel before the silence', async () => {
    const ruleAfter = async (early: string) => {
      await qemu.play({ early });
      return (await start({}, withTimings({ silenceMs: 1000 })).result).rule;
    };
    expect(await ruleAfter(`${KERNEL}Starting udev\r\n`)).toBe('hang');
    expect(await ruleAfter(`${KERNEL}other prompt# `)).toBe('marker-missing');
    expect(await ruleAfter(`${KERNEL}BUG: kernel NULL pointer dereference\r\nRIP\r\n`)).toBe('kernel-oops');
  });

  it('gives a machine that goes on printing its time and no more', async () => {
    await qemu.play({ early: `${KERNEL}Starting\r\n` });
    const { result } = start({ timeoutMs: 1500 }, withTimings({ silenceMs: 60_000 }));
    expect(await result).toMatchObject({
      verdict: 'failed',
      rule: 'marker-missing',
      because: expect.stringContaining('1.5 s'),
    });
  });

  it('finds the marker of a machine that switches itself off right after it', async () => {
    await qemu.play({
      steps: [{ print: `${KERNEL}booted 6.5.1\r\n` }, { event: 'SHUTDOWN', data: { guest: true } }],
    });
    expect(await start({ marker: 'booted [0-9]' }).result).toMatchObject({ verdict: 'passed' });
  });

  it('makes the screen a PNG where QEMU cannot, and does without where it has none', async () => {
    await qemu.play({ screen: 'ppm', steps: [{ print: KERNEL + PANIC }] });
    const drawn = start();
    await drawn.result;
    expect(drawn.told.kept.get('screen.png')?.slice(1, 4)).toBe('PNG');
    await qemu.play({ screen: 'none', steps: [{ print: KERNEL + PANIC }] });
    const blind = start();
    expect(await blind.result).toMatchObject({ rule: 'kernel-panic' });
    expect(blind.told.kept.has('screen.png')).toBe(false);
  });

  it('blames itself for a QEMU that fails, pauses the machine or never shows a firmware', async () => {
    const failed = await boot([{ exit: 1, stderr: 'qemu: cannot set up guest memory\n' }]);
    expect(failed.result).toMatchObject({
      verdict: 'infrastructure',
      rule: 'qemu-failed',
      because: expect.stringContaining('cannot set up guest memory'),
      isWhole: false,
    });
    await qemu.play({
      status: 'io-error',
      steps: [{ event: 'BLOCK_IO_ERROR', data: { reason: 'No space left on device' } }, { event: 'STOP' }],
    });
    expect(await start().result).toMatchObject({
      verdict: 'infrastructure',
      rule: 'qemu-stopped',
      because: expect.stringContaining('No space left'),
    });
    const silent = await boot([], withTimings({ silenceMs: 1000 }));
    expect(silent.result).toMatchObject({ verdict: 'infrastructure', rule: 'firmware-silent' });
  });

  it('asks the rules of osrel.yml about the lines of the console first', async () => {
    const rule = {
      match: 'VFS: Unable',
      verdict: 'rig-failure',
      because: 'the disk of the rig is worn',
      suite: null,
    } as const;
    const { result } = await boot([{ print: KERNEL + PANIC }], { verdicts: [rule] });
    expect(result).toMatchObject({ verdict: 'rig-failure', rule: 'tests.verdicts[0]' });
  });
});
