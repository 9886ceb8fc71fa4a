import { execFile, execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { buildTestElf, KERNEL_SYMBOLS, type TestElf } from './build-test-elf.ts';
import { makeTestCertificate } from './make-test-certificate.ts';
import { readTrustedCertificates } from './read-trusted-certificates.ts';

const run = promisify(execFile);
const own = makeTestCertificate('module signing key');
const added = makeTestCertificate('additional key');
const list = Buffer.concat([own, added]);
const sha256 = (bytes: Buffer) => ({ sha256: createHash('sha256').update(bytes).digest('hex') });
const both = { kind: 'certificates', certificates: [sha256(own), sha256(added)] };

async function read(bytes: Buffer) {
  const path = join(await mkdtemp(join(tmpdir(), 'osrel-elf-')), 'vmlinux');
  await writeFile(path, bytes);
  return readTrustedCertificates(path);
}

const elf = (changes: Partial<TestElf> = {}): Buffer =>
  buildTestElf({ wordBytes: 8, order: 'little', list, ...changes });

const hasCompiler = (() => {
  try {
    execFileSync('gcc', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();

// What certs/system_certificates.S of the kernel does, in its own labels.
const ASSEMBLY = (size: string) => `
  .section ".rodata","a"
  .align 8
  .globl system_certificate_list
system_certificate_list:
__cert_list_start:
  .incbin "certificates.der"
__cert_list_end:
  .align 8
  .globl system_certificate_list_size
system_certificate_list_size:
  ${size} __cert_list_end - __cert_list_start
  .globl _start
  .text
_start: ret
`;

async function compile(flags: readonly string[], size = '.quad'): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'osrel-elf-'));
  await writeFile(join(folder, 'certificates.der'), list);
  await writeFile(join(folder, 'kernel.S'), ASSEMBLY(size));
  await run('gcc', ['-nostdlib', ...flags, '-o', 'vmlinux', 'kernel.S'], { cwd: folder });
  return join(folder, 'vmlinux');
}

describe('the certificates a kernel trusts (W37)', () => {
  it.each([
    [8, 'little'],
    [8, 'big'],
    [4, 'little'],
    [4, 'big'],
  ] as const)('are read from an ELF file with words of %i bytes, %s end first', async (wordBytes, order) => {
    expect(await read(elf({ wordBytes, order }))).toEqual(both);
  });

  it('include one that was put in after the build, which only the size counts', async () => {
    const later = makeTestCertificate('inserted');
    const symbols = KERNEL_SYMBOLS;
    const bytes = elf({ list: Buffer.concat([list, later]), symbols });
    expect(await read(bytes)).toMatchObject({ certificates: [{}, {}, sha256(later)] });
    expect(await read(elf({ sizeBytes: own.length }))).toEqual({
      kind: 'certificates',
      certificates: [sha256(own)],
    });
  });

  it('are found by the older labels alone', async () => {
    expect(await read(elf({ symbols: ['__cert_list_start', '__cert_list_end'] }))).toEqual(both);
  });

  it('may be none', async () => {
    expect(await read(elf({ list: Buffer.alloc(0) }))).toEqual({ kind: 'certificates', certificates: [] });
  });

  it.each([
    ['a stripped file', elf({ isStripped: true }), 'is stripped'],
    ['a kernel without such a list', elf({ symbols: ['start_kernel'] }), 'CONFIG_SYSTEM_TRUSTED_KEYRING'],
    ['a list without an end', elf({ symbols: ['system_certificate_list'] }), 'neither'],
    ['a list that is no DER', elf({ list: Buffer.alloc(40, 7) }), 'no whole DER sequence at byte 0'],
    ['a list with other DER in it', elf({ list: Buffer.from([0x30, 3, 2, 1, 5]) }), 'element 1 is no X.509'],
    ['an absurd size', elf({ sizeBytes: 2 ** 40 }), 'take 1099511627776 bytes'],
    ['a size beyond the file', elf({ sizeBytes: 100_000 }), 'is cut short'],
    ['an empty file', Buffer.alloc(0), 'is no ELF file'],
    ['a script', Buffer.from('#!/bin/sh\necho vmlinux\n'), 'is no ELF file'],
    ['a file cut in its header', elf().subarray(0, 30), 'is cut short'],
    ['a file cut in its sections', elf().subarray(0, -40), 'is cut short'],
    ['a file of an unknown class', Buffer.from(elf()).fill(9, 4, 5), 'unknown ELF class 9'],
  ])('are not guessed from %s', async (_, bytes, because) => {
    const found = await read(bytes);
    expect(found).toMatchObject({ kind: 'unreadable', because: expect.stringContaining(because) });
  });

  it('survive no change of a single byte unseen, and no damage breaks the reader', async () => {
    const whole = elf();
    for (let at = 0; at < whole.length; at += 37) {
      const damaged = Buffer.from(whole);
      damaged[at] = (damaged[at] ?? 0) ^ 0xff;
      const found = await read(damaged);
      if (found.kind === 'unreadable') continue;
      const isInList = at >= 64 && at < 64 + list.length;
      expect(isInList && JSON.stringify(found) === JSON.stringify(both)).toBe(false);
    }
  });

  describe.skipIf(!hasCompiler)('of a file from the compiler (skipped without gcc)', () => {
    it('are those of an executable, linked in place or relocatable', async () => {
      expect(await readTrustedCertificates(await compile(['-static']))).toEqual(both);
      expect(await readTrustedCertificates(await compile(['-pie']))).toEqual(both);
    });

    it('are those of an object file, whose symbols count from their section', async () => {
      expect(await readTrustedCertificates(await compile(['-c']))).toEqual(both);
    });

    it('are out of reach once it was stripped', async () => {
      const path = await compile(['-static']);
      await run('strip', [path]);
      expect(await readTrustedCertificates(path)).toMatchObject({
        kind: 'unreadable',
        because: /is stripped/,
      });
    });
  });
});
