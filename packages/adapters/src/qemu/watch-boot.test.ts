import { describe, expect, it } from 'vitest';
import { createBootWatch } from './watch-boot.ts';

const LOGIN = / login: ?$/u;

function watched(lines: readonly string[], marker = LOGIN) {
  const watch = createBootWatch(marker);
  for (const line of lines) watch.addLine(line);
  return watch;
}

const KERNEL = '[    0.000000] Linux version 6.1.0-56-cloud-amd64';

describe('createBootWatch', () => {
  it.each([
    ['qemu login: ', 'marker-shown'],
    ['[    4.5] Kernel panic - not syncing: Attempted to kill init!', 'kernel-panic'],
    ['[    4.5] ---[ end Kernel panic - not syncing: x ]---', 'kernel-panic'],
    ['BdsDxe: No bootable option or device was found.', 'nothing-to-boot'],
    ['UEFI Interactive Shell v2.2', 'nothing-to-boot'],
    ['No bootable device.', 'nothing-to-boot'],
    ['grub rescue> ', 'boot-loader-stopped'],
    ['You are in rescue mode. After logging in, type', 'emergency-mode'],
    ['Entering emergency mode. Exit the shell to continue.', 'emergency-mode'],
    ['dracut:/# ', 'emergency-mode'],
    ['(initramfs) ', 'emergency-mode'],
    ['Gave up waiting for root file system device.', 'emergency-mode'],
  ])('decides by the line %j', (line, rule) => {
    expect(watched([KERNEL, line]).finding()?.rule).toBe(rule);
  });

  it.each([
    'Last login: Mon Nov 16',
    'BdsDxe: failed to load Boot0001 "UEFI Misc Device": Not Found',
    'systemd[1]: Reached target Emergency Mode',
    'Starting Emergency Shell watcher',
    'watchdog: BUG: soft lockup - CPU#0 stuck for 22s!',
  ])('goes on after the line %j', (line) => {
    expect(watched([KERNEL, line]).finding()).toBeUndefined();
  });

  it('keeps what was found first', () => {
    expect(watched(['Kernel panic - not syncing: x', 'qemu login: ']).finding()?.rule).toBe('kernel-panic');
  });

  it('does not take a marker from what firmware and kernel only repeat', () => {
    const repeated = [
      'BdsDxe: loading Boot0001 "booted disk"',
      '[    0.0] Command line: console=ttyS0 root=booted',
      '[    0.0] Kernel command line: root=booted',
    ];
    expect(watched(repeated, /booted/u).finding()).toBeUndefined();
    expect(watched([...repeated, 'booted'], /booted/u).finding()?.rule).toBe('marker-shown');
  });

  it('takes the third reset for a loop, and so many kernels without any', () => {
    const reset = watched([KERNEL]);
    for (const expected of [undefined, undefined, 'boot-loop']) {
      reset.addReset();
      expect(reset.finding()?.rule).toBe(expected);
    }
    expect(watched([KERNEL, KERNEL, KERNEL]).finding()).toBeUndefined();
    expect(watched([KERNEL, KERNEL, KERNEL, KERNEL]).finding()?.rule).toBe('boot-loop');
  });

  it('listens a while after a panic, until its last line or the next start', () => {
    const watch = watched(['Kernel panic - not syncing: x', 'CPU: 0 PID: 1']);
    expect(watch.isSettled()).toBe(false);
    watch.addReset();
    expect(watch.isSettled()).toBe(true);
    expect(watched(['Kernel panic - not syncing: x', '---[ end Kernel panic ]---']).isSettled()).toBe(true);
  });

  it('says what a silence means', () => {
    expect(watched([]).judgeSilence(5000)).toEqual({ rule: 'firmware-silent', seen: 'nothing in 5 s' });
    expect(watched([KERNEL]).judgeSilence(5000)).toMatchObject({ rule: 'hang' });
    expect(watched([KERNEL, 'Oops: 0002 [#1] SMP', 'RIP']).judgeSilence(1)).toEqual({
      rule: 'kernel-oops',
      seen: 'Oops: 0002 [#1] SMP',
    });
    expect(watched([KERNEL, 'root@qemu:~# ']).judgeSilence(1)).toMatchObject({ rule: 'marker-missing' });
  });

  it('says what the end of the time and switching off mean', () => {
    expect(watched([]).judgeTimeout(60_000).rule).toBe('firmware-silent');
    expect(watched([KERNEL]).judgeTimeout(60_000)).toEqual({
      rule: 'marker-missing',
      seen: `not within 60 s; last line: ${KERNEL}`,
    });
    expect(watched([]).judgePowerOff()).toEqual({ rule: 'powered-off', seen: 'last line: none' });
  });

  it('tells how far it came', () => {
    expect(watched([]).stages()).toEqual({ firmwareStarted: false, kernelStarted: false });
    const shell = 'BdsDxe: starting Boot0002 "EFI Internal Shell" from Fv(7CB8BDC9)';
    expect(watched([shell]).stages().firmwareStarted).toBe(false);
    const disk = 'BdsDxe: starting Boot0001 "UEFI Misc Device" from PciRoot(0x0)';
    expect(watched([disk]).stages()).toEqual({ firmwareStarted: true, kernelStarted: false });
    expect(watched(['[    0.000000] x']).stages()).toEqual({ firmwareStarted: true, kernelStarted: true });
    const bios = watched(['Booting from Hard Disk...', 'No bootable device.']);
    expect(bios.stages().firmwareStarted).toBe(false);
  });
});
