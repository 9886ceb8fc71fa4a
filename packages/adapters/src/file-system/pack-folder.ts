import { createReadStream, createWriteStream } from 'node:fs';
import { lstat, readdir, readlink, realpath } from 'node:fs/promises';
import { isAbsolute, join, posix, relative, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { type Problem, toolFailed } from '@osrel/core';
import { type Pack, pack } from 'tar-stream';
import { isMissing } from '../if-present.ts';
import type { FileDigest } from './file-digest.ts';
import { createHashing } from './hashing.ts';

export interface PackFolderRequest {
  /** Absolute path of the folder. */
  readonly source: string;
  /** Top folder inside the archive; empty: none. */
  readonly prefix: string;
  /** Absolute path of the tar.gz to make; must not exist. On disk when the call returns. */
  readonly target: string;
  /** Links whose target text begins with one of these are left out. */
  readonly droppedTargets?: readonly string[] | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface PackedFolder extends FileDigest {
  readonly droppedLinks: number;
}

type Entry =
  | { readonly kind: 'directory'; readonly path: string }
  | {
      readonly kind: 'file';
      readonly path: string;
      readonly sizeBytes: number;
      readonly isExecutable: boolean;
    }
  | { readonly kind: 'symlink'; readonly path: string; readonly target: string };

/**
 * Packs a folder so that equal content gives equal bytes on any machine: entries sorted by code unit, time 0, owner
 * 0, modes 755 or 644. Symbolic links are kept as links when they stay inside the folder; those that point to a place
 * which is only known where the build ran (`droppedTargets`) are left out and counted. Throws tool
 * `archive.unpackable` listing every link that leaves the folder and every socket, pipe or device.
 */
export async function packFolder(request: PackFolderRequest): Promise<PackedFolder> {
  const { source, prefix, target, signal } = request;
  const { entries, droppedLinks } = await listEntries(source, request.droppedTargets ?? []);
  const archive = pack();
  const hashing = createHashing();
  const output = createWriteStream(target, { flags: 'wx', flush: true });
  const options = signal === undefined ? {} : { signal };
  const written = pipeline(archive, createGzip({ level: 6 }), hashing.pass, output, options);
  try {
    await Promise.all([written, addEntries(archive, { source, prefix, entries })]);
  } catch (error) {
    archive.destroy();
    throw error;
  }
  return { ...hashing.result(), droppedLinks };
}

async function addEntries(
  archive: Pack,
  {
    source,
    prefix,
    entries,
  }: { readonly source: string; readonly prefix: string; readonly entries: readonly Entry[] },
): Promise<void> {
  if (prefix !== '') archive.entry({ ...OWNERLESS, name: prefix, type: 'directory', mode: 0o755 });
  for (const entry of entries) {
    const header = { ...OWNERLESS, name: posix.join(prefix, entry.path) };
    if (entry.kind === 'directory') archive.entry({ ...header, type: 'directory', mode: 0o755 });
    else if (entry.kind === 'symlink')
      archive.entry({ ...header, type: 'symlink', mode: 0o777, linkname: entry.target });
    else {
      const mode = entry.isExecutable ? 0o755 : 0o644;
      const sink = archive.entry({ ...header, type: 'file', mode, size: entry.sizeBytes });
      await pipeline(createReadStream(join(source, entry.path)), sink);
    }
  }
  archive.finalize();
}

const OWNERLESS = { mtime: new Date(0), uid: 0, gid: 0, uname: '', gname: '' };

interface FoundEntries {
  readonly entries: readonly Entry[];
  readonly droppedLinks: number;
}

async function listEntries(source: string, droppedTargets: readonly string[]): Promise<FoundEntries> {
  const problems: Problem[] = [];
  const entries: Entry[] = [];
  const root = await realpath(source);
  let droppedLinks = 0;
  for (const path of await listPaths(root, '')) {
    const entry = await readEntry(root, path, droppedTargets);
    if (entry === 'dropped') droppedLinks += 1;
    else if (typeof entry === 'string') problems.push({ at: path, message: entry });
    else entries.push(entry);
  }
  if (problems.length === 0) {
    return { entries: entries.toSorted((a, b) => (a.path < b.path ? -1 : 1)), droppedLinks };
  }
  throw toolFailed(
    'archive.unpackable',
    `${source} cannot be packed: ${problems.length} of its entries would not be the same elsewhere`,
    {
      hint: 'remove them, or let the links point inside the folder with a relative path',
      problems: problems.toSorted((a, b) => (a.at < b.at ? -1 : 1)),
    },
  );
}

/** Posix paths of everything below; links are not followed (readdir's own recursion would). */
async function listPaths(root: string, folder: string): Promise<readonly string[]> {
  const found: string[] = [];
  for (const entry of await readdir(join(root, folder), { withFileTypes: true })) {
    const path = posix.join(folder, entry.name);
    found.push(path);
    if (entry.isDirectory()) found.push(...(await listPaths(root, path)));
  }
  return found;
}

/** The entry, `dropped`, or what is wrong with it. */
async function readEntry(
  root: string,
  path: string,
  droppedTargets: readonly string[],
): Promise<Entry | string> {
  const found = await lstat(join(root, path));
  if (found.isDirectory()) return { kind: 'directory', path };
  if (found.isFile())
    return { kind: 'file', path, sizeBytes: found.size, isExecutable: (found.mode & 0o100) !== 0 };
  if (!found.isSymbolicLink()) return 'is no file, folder or link';
  const target = await readlink(join(root, path));
  if (droppedTargets.some((start) => target.startsWith(start))) return 'dropped';
  const isInside = staysInside(path, target) && (await resolvesInside(root, path));
  return isInside ? { kind: 'symlink', path, target } : `links to ${target}, outside the folder`;
}

function staysInside(path: string, target: string): boolean {
  const resolved = posix.join(posix.dirname(path), target);
  return !posix.isAbsolute(target) && resolved !== '..' && !resolved.startsWith('../');
}

/** A link may stay inside by its text and still leave through another link. */
async function resolvesInside(root: string, path: string): Promise<boolean> {
  try {
    const away = relative(root, await realpath(join(root, path)));
    return away !== '..' && !away.startsWith(`..${sep}`) && !isAbsolute(away);
  } catch (error) {
    if (isMissing(error)) return true;
    throw error;
  }
}
