import { describe, expect, it } from 'vitest';
import { findMachine } from './qemu-machines.ts';
import { renderQemuArguments } from './render-qemu-arguments.ts';

function words(
  architecture: string,
  changes: Partial<Parameters<typeof renderQemuArguments>[0]> = {},
): string {
  const machine = findMachine(architecture);
  if (machine === undefined) throw new Error(`no machine for ${architecture}`);
  return renderQemuArguments({
    machine,
    accelerator: 'tcg',
    memory: '1G',
    cpus: 2,
    image: '/srv/a,b/balena.img',
    firmwareCode: '/fw/CODE.fd',
    firmwareVariables: '/tmp/boot/variables',
    folder: '/tmp/boot',
    ...changes,
  }).join(' ');
}

describe('renderQemuArguments', () => {
  it('never writes the image or the firmware, whatever their names', () => {
    expect(words('amd64')).toContain('format=raw,snapshot=on,file=/srv/a,,b/balena.img');
    expect(words('amd64')).toContain('if=pflash,unit=0,format=raw,readonly=on,file=/fw/CODE.fd');
    expect(words('amd64')).toContain('if=pflash,unit=1,format=raw,file=/tmp/boot/variables');
  });

  it('has a machine for each architecture, by software or KVM', () => {
    expect(words('amd64')).toContain('-machine q35 -device VGA -accel tcg -cpu max -smp 2 -m 1G');
    expect(words('aarch64')).toContain('-machine virt -device ramfb -accel tcg -cpu cortex-a72');
    expect(words('aarch64', { accelerator: 'kvm' })).toContain('-accel kvm -cpu max');
    expect(findMachine('rpi')).toBeUndefined();
    expect(findMachine('constructor')).toBeUndefined();
  });

  it('starts a PC without UEFI, and a firmware that brings no variables', () => {
    expect(words('i386', { firmwareCode: null, firmwareVariables: null })).not.toMatch(/pflash|-bios/);
    expect(words('aarch64', { firmwareVariables: null })).toContain('-bios /fw/CODE.fd');
    expect(words('amd64', { firmwareVariables: null })).not.toContain('unit=1');
  });

  it('opens no port and no window', () => {
    expect(words('amd64')).toContain('-display none -nic none');
    expect(words('amd64')).not.toMatch(/tcp|vnc|hostfwd/);
  });
});
