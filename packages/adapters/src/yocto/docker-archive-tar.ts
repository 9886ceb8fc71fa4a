import type { FileHandle } from 'node:fs/promises';
import { posix } from 'node:path';

const BLOCK = 512;
const LARGEST_HEADER = 1024 * 1024;

/** Why a file is no whole tar file, in words that follow "it is no docker archive:". */
export class TarDefect extends Error {
  override readonly name = 'TarDefect';
}

/** Where a file of the tar begins, or the name of the file that a link stands for. */
export type TarEntry =
  | { readonly kind: 'file'; readonly offset: number; readonly sizeBytes: number }
  | { readonly kind: 'link'; readonly target: string };

/** Entries by their path, without `./` before it. */
export type TarContent = ReadonlyMap<string, TarEntry>;

/** Set by an extended header for the entry behind it. */
interface Extension {
  readonly path?: string;
  readonly linkpath?: string;
  readonly size?: string;
}

/** Lists a tar file by its headers. Throws `TarDefect` when it is cut short, damaged or no tar file at all. */
export async function listTarContent(file: FileHandle, fileBytes: number): Promise<TarContent> {
  const header = Buffer.alloc(BLOCK);
  const content = new Map<string, TarEntry>();
  let extension: Extension = {};
  for (let offset = 0; offset < fileBytes; ) {
    const { bytesRead } = await file.read(header, 0, BLOCK, offset);
    if (offset === 0 && header.readUInt16BE(0) === 0x1f8b) throw new TarDefect('it is compressed with gzip');
    if (bytesRead < BLOCK) throw new TarDefect('it ends in the middle of an entry');
    if (header.every((byte) => byte === 0)) break;
    if (!hasValidSum(header)) {
      throw new TarDefect(offset === 0 ? 'it is no tar file' : `it is damaged at byte ${offset}`);
    }
    const sizeBytes = extension.size === undefined ? entrySize(header) : Number(extension.size);
    const start = offset + BLOCK;
    const end = start + Math.ceil(sizeBytes / BLOCK) * BLOCK;
    if (!Number.isSafeInteger(end) || sizeBytes < 0) throw new TarDefect(`it is damaged at byte ${offset}`);
    if (end > fileBytes) throw new TarDefect('it ends in the middle of an entry');
    const type = String.fromCharCode(header[156] ?? 0);
    if ('xLK'.includes(type)) {
      extension = { ...extension, ...(await readExtension(file, { type, offset: start, sizeBytes })) };
    } else {
      const entry = toEntry(header, { type, offset: start, sizeBytes, extension });
      if (entry !== undefined) content.set(posix.normalize(extension.path ?? nameOf(header)), entry);
      extension = {};
    }
    offset = end;
  }
  return content;
}

/** The file of that path; links within the archive are followed a few times. */
export function findTarFile(
  content: TarContent,
  path: string,
): (TarEntry & { readonly kind: 'file' }) | undefined {
  let entry = content.get(posix.normalize(path));
  for (let hops = 0; entry?.kind === 'link' && hops < 8; hops += 1) entry = content.get(entry.target);
  return entry?.kind === 'file' ? entry : undefined;
}

function toEntry(
  header: Buffer,
  place: {
    readonly type: string;
    readonly offset: number;
    readonly sizeBytes: number;
    readonly extension: Extension;
  },
): TarEntry | undefined {
  const { type, offset, sizeBytes, extension } = place;
  if (type === '0' || type === '\0' || type === '7') return { kind: 'file', offset, sizeBytes };
  const link = extension.linkpath ?? textField(header, 157, 100);
  if (type === '1') return { kind: 'link', target: posix.normalize(link) };
  if (type !== '2') return undefined;
  return { kind: 'link', target: posix.join(posix.dirname(extension.path ?? nameOf(header)), link) };
}

/** A `pax` header (`12 path=abc\n`...) or one of GNU's long names. */
async function readExtension(
  file: FileHandle,
  { type, offset, sizeBytes }: { readonly type: string; readonly offset: number; readonly sizeBytes: number },
): Promise<Extension> {
  if (sizeBytes > LARGEST_HEADER)
    throw new TarDefect(`it has a header of ${sizeBytes} bytes at byte ${offset}`);
  const { buffer } = await file.read(Buffer.alloc(sizeBytes), 0, sizeBytes, offset);
  if (type !== 'x') {
    const text = buffer.toString('utf8').replace(/\0.*$/s, '');
    return type === 'L' ? { path: text } : { linkpath: text };
  }
  const records: Record<string, string> = {};
  for (let at = 0; at < buffer.length; ) {
    const space = buffer.indexOf(0x20, at);
    const length = Number(buffer.toString('latin1', at, space));
    if (space === -1 || !Number.isInteger(length) || length < 4 || at + length > buffer.length) break;
    const record = buffer.toString('utf8', space + 1, at + length - 1);
    const equals = record.indexOf('=');
    records[record.slice(0, equals)] = record.slice(equals + 1);
    at += length;
  }
  const { path, linkpath, size } = records;
  return {
    ...(path === undefined ? {} : { path }),
    ...(linkpath === undefined ? {} : { linkpath }),
    ...(size === undefined ? {} : { size }),
  };
}

/** The header's own check sum, counted with spaces in its place. */
function hasValidSum(header: Buffer): boolean {
  let sum = 8 * 0x20;
  for (const [index, byte] of header.entries()) sum += index >= 148 && index < 156 ? 0 : byte;
  return Number.parseInt(textField(header, 148, 8).trim(), 8) === sum;
}

/** Octal digits, or, for files of 8 GiB and more, a binary number marked by the highest bit. */
function entrySize(header: Buffer): number {
  if (((header[124] ?? 0) & 0x80) === 0) return Number.parseInt(textField(header, 124, 12).trim() || '0', 8);
  return Number(header.readBigUInt64BE(128));
}

function nameOf(header: Buffer): string {
  const prefix = textField(header, 257, 5) === 'ustar' ? textField(header, 345, 155) : '';
  const name = textField(header, 0, 100);
  return prefix === '' ? name : `${prefix}/${name}`;
}

function textField(header: Buffer, start: number, length: number): string {
  const field = header.subarray(start, start + length);
  const end = field.indexOf(0);
  return field.subarray(0, end === -1 ? length : end).toString('utf8');
}
