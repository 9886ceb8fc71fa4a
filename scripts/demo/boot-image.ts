import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { osrel, REPOSITORY, run, say } from './theatre.ts';

/** Where distributions keep the UEFI firmware for QEMU. */
const FIRMWARE = [
  '/usr/share/OVMF/OVMF_CODE.fd',
  '/usr/share/OVMF/OVMF_CODE_4M.fd',
  '/usr/share/edk2/ovmf/OVMF_CODE.fd',
];
const MARKER = /osrel-example: booted .*/;
const PATIENCE_MS = 60_000;

/** Builds generic-amd64, with a kernel where its Debian packages can be had, and boots it where QEMU is installed. */
export async function bootImage(): Promise<void> {
  run('balena-yocto-scripts/build/fetch-boot-packages.sh', []);
  osrel(['build', '--machine', 'generic-amd64', '--quiet']);
  osrel([
    'image',
    'inspect',
    'build/tmp/deploy/images/generic-amd64/balena-image-generic-amd64.balenaos-img',
  ]);
  const firmware = FIRMWARE.find((path) => existsSync(path));
  if (firmware === undefined) {
    say(
      'left out: booting it (QEMU and its UEFI firmware are not installed; on Debian: qemu-system-x86 ovmf)',
    );
    return;
  }
  const line = await boot(
    join(REPOSITORY, 'build/tmp/deploy/images/generic-amd64/balena-image-generic-amd64.balenaos-img'),
    firmware,
  );
  say(
    line === undefined
      ? 'left out: booting it (the image has no kernel, or QEMU could not run it here)'
      : `the serial console says: ${line}`,
  );
}

async function boot(image: string, firmware: string): Promise<string | undefined> {
  const child = spawn(
    'qemu-system-x86_64',
    [
      ...['-M', 'q35', '-accel', 'tcg', '-m', '512', '-nographic', '-no-reboot', '-net', 'none'],
      ...['-drive', `if=pflash,format=raw,readonly=on,file=${firmware}`],
      ...['-drive', `format=raw,snapshot=on,file=${image}`],
    ],
    { stdio: ['ignore', 'pipe', 'ignore'] },
  );
  let console = '';
  const seen = await new Promise<string | undefined>((resolve) => {
    const timer = setTimeout(() => resolve(undefined), PATIENCE_MS);
    const end = (line: string | undefined): void => {
      clearTimeout(timer);
      resolve(line);
    };
    child.on('error', () => end(undefined));
    child.on('close', () => end(MARKER.exec(console)?.[0]));
    child.stdout.on('data', (chunk: Buffer) => {
      console += chunk.toString('latin1');
      const line = MARKER.exec(console)?.[0];
      if (line !== undefined && console.endsWith('\n')) end(line.trim());
    });
  });
  child.kill('SIGKILL');
  return seen;
}
