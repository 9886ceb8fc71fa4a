import { access } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { FirmwareKind } from './qemu-machines.ts';

export interface Firmware {
  /** Absolute path; only read. */
  readonly code: string;
  /** Empty variables to copy; null when the firmware brings none: it then keeps them in memory. */
  readonly variables: string | null;
}

export interface FirmwareRequest {
  readonly kind: FirmwareKind;
  /** Path that was configured; null: look. */
  readonly configured: string | null;
  /** Absolute path of the QEMU program without links; its own files are looked at last. */
  readonly program: string;
}

/**
 * The UEFI firmware, where distributions put it, else what QEMU itself brings (Homebrew, Nix, own builds); undefined
 * when there is none, also when the configured file is missing.
 */
export async function findFirmware(request: FirmwareRequest): Promise<Firmware | undefined> {
  const { kind, configured } = request;
  if (configured !== null) {
    if (!(await isReadable(configured))) return undefined;
    const variables = variablesBeside(configured);
    return { code: configured, variables: (await isReadable(variables)) ? variables : null };
  }
  for (const [code, variables] of [...kind.files, ownFiles(request)]) {
    if (!(await isReadable(code))) continue;
    return { code, variables: (await isReadable(variables)) ? variables : null };
  }
  return undefined;
}

/** `OVMF_CODE_4M.fd` -> `OVMF_VARS_4M.fd`, `edk2-x86_64-code.fd` -> `edk2-x86_64-vars.fd`. */
function variablesBeside(code: string): string {
  const name = code.slice(dirname(code).length + 1);
  const sibling = name.replace('CODE', 'VARS').replace('code', 'vars');
  return sibling === name ? '' : join(dirname(code), sibling);
}

/** `/opt/qemu/bin/qemu-system-x86_64` -> files in `/opt/qemu/share/qemu`. */
function ownFiles({ kind, program }: FirmwareRequest): readonly [string, string] {
  const share = join(dirname(dirname(program)), 'share/qemu');
  const [code, variables] = kind.ownFiles;
  return [join(share, code), join(share, variables)];
}

async function isReadable(path: string): Promise<boolean> {
  if (path === '') return false;
  return await access(path).then(
    () => true,
    () => false,
  );
}
