import { createHash } from 'node:crypto';
import type { TrustedCertificates } from '@osrel/core';
import { ElfDefect, type ElfFile, openElf } from './elf-file.ts';
import { type ElfSymbol, findSymbols } from './elf-symbols.ts';
import { isCertificate } from './parse-certificates.ts';
import { splitDer } from './split-der.ts';

// The names of the kernel's own certs/system_certificates.S.
const LIST = 'system_certificate_list';
const LIST_SIZE = 'system_certificate_list_size';
const START = '__cert_list_start';
const END = '__cert_list_end';
const LARGEST_LIST = 16 * 1024 * 1024;

/**
 * The certificates that a kernel (an uncompressed `vmlinux` with its symbols) trusts for module signatures: the list
 * built in by CONFIG_SYSTEM_TRUSTED_KEYS and the module signing key. A file from which they cannot be read is answered
 * with the reason; only failures of reading it throw.
 */
export async function readTrustedCertificates(path: string): Promise<TrustedCertificates> {
  let elf: ElfFile | undefined;
  try {
    elf = await openElf(path);
    return await readList(elf);
  } catch (error) {
    if (error instanceof ElfDefect) return unreadable(error.message);
    throw error;
  } finally {
    await elf?.close();
  }
}

async function readList(elf: ElfFile): Promise<TrustedCertificates> {
  const symbols = await findSymbols(elf, [LIST, LIST_SIZE, START, END]);
  if (symbols === undefined)
    return unreadable('is stripped: without its symbols the certificates cannot be found');
  const start = symbols.get(LIST) ?? symbols.get(START);
  if (start === undefined) {
    return unreadable(
      'has no list of trusted certificates: it was built without CONFIG_SYSTEM_TRUSTED_KEYRING',
    );
  }
  const sizeBytes = await readSize(elf, start, symbols);
  if (sizeBytes === undefined)
    return unreadable(`has a list of certificates, but neither ${LIST_SIZE} nor ${END}`);
  if (sizeBytes > LARGEST_LIST) return unreadable(`says that its certificates take ${sizeBytes} bytes`);
  const split = splitDer(await elf.read(start.offset, sizeBytes));
  if (split.kind === 'malformed') return unreadable(`has a damaged list of certificates: ${split.because}`);
  const damaged = split.elements.findIndex((element) => !isCertificate(element));
  if (damaged !== -1) return unreadable(`has a list whose element ${damaged + 1} is no X.509 certificate`);
  return {
    kind: 'certificates',
    certificates: split.elements.map((element) => ({
      sha256: createHash('sha256').update(element).digest('hex'),
    })),
  };
}

/**
 * The number in the file goes before the end label: a certificate that was put in after the build
 * (CONFIG_SYSTEM_EXTRA_CERTIFICATE) lies behind that label and is only counted there.
 */
async function readSize(
  elf: ElfFile,
  start: ElfSymbol,
  symbols: ReadonlyMap<string, ElfSymbol>,
): Promise<number | undefined> {
  const size = symbols.get(LIST_SIZE);
  if (size !== undefined) {
    return Number(elf.readNumber(await elf.read(size.offset, elf.wordBytes), 0, elf.wordBytes));
  }
  const end = symbols.get(END);
  return end === undefined || end.value < start.value ? undefined : Number(end.value - start.value);
}

function unreadable(because: string): TrustedCertificates {
  return { kind: 'unreadable', because };
}
