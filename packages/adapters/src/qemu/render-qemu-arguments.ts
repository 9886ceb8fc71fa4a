import type { QemuMachine } from './qemu-machines.ts';

/** Names of the two sockets in the folder of a boot. */
export const CONSOLE_SOCKET = 'console';
export const CONTROL_SOCKET = 'control';

export interface QemuArguments {
  readonly machine: QemuMachine;
  readonly accelerator: 'kvm' | 'tcg';
  /** As QEMU takes it: `1G`. */
  readonly memory: string;
  readonly cpus: number;
  /** Absolute path; never written. */
  readonly image: string;
  /** Absolute path of the firmware; null: the machine's own. */
  readonly firmwareCode: string | null;
  /** Absolute path of a private copy of its variables; null: none. */
  readonly firmwareVariables: string | null;
  /** Absolute path of the folder with the sockets. */
  readonly folder: string;
}

/**
 * Words for one machine that boots the image: no network, no window, the serial console and QMP on sockets that are
 * listened at. What the machine writes goes to a file in QEMU's TMPDIR (`snapshot=on`), never to the image. A machine
 * that switches itself off is paused: its screen can still be looked at.
 */
export function renderQemuArguments(wish: QemuArguments): readonly string[] {
  const { machine, accelerator, folder } = wish;
  const processor = accelerator === 'kvm' ? 'max' : machine.softwareProcessor;
  return [
    ...['-nodefaults', '-no-user-config', '-display', 'none', '-nic', 'none', '-no-shutdown'],
    ...machine.words,
    ...['-accel', accelerator, '-cpu', processor, '-smp', String(wish.cpus), '-m', wish.memory],
    ...firmwareWords(wish),
    ...['-drive', `if=none,id=disk,format=raw,snapshot=on,file=${escaped(wish.image)}`],
    ...machine.diskWords,
    ...['-chardev', `socket,id=console,path=${escaped(`${folder}/${CONSOLE_SOCKET}`)}`],
    ...['-serial', 'chardev:console'],
    ...['-chardev', `socket,id=control,path=${escaped(`${folder}/${CONTROL_SOCKET}`)}`],
    ...['-mon', 'chardev=control,mode=control'],
  ];
}

function firmwareWords({ machine, firmwareCode, firmwareVariables }: QemuArguments): readonly string[] {
  if (firmwareCode === null) return [];
  // A flash of machine "virt" must have 64 MiB; a firmware that comes without variables has its bare size.
  if (firmwareVariables === null && machine.hostArchitecture === 'arm64') return ['-bios', firmwareCode];
  const code = `if=pflash,unit=0,format=raw,readonly=on,file=${escaped(firmwareCode)}`;
  if (firmwareVariables === null) return ['-drive', code];
  return ['-drive', code, '-drive', `if=pflash,unit=1,format=raw,file=${escaped(firmwareVariables)}`];
}

/** In QEMU's options a comma ends a value, two stand for one. */
function escaped(value: string): string {
  return value.replaceAll(',', ',,');
}
