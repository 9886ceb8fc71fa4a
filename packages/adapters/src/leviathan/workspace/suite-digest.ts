import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { badConfig } from '@osrel/core';

export interface SuiteDigest {
  /** The core's digest of the folder (leviathan 3.3): lower-case hex md5. */
  readonly md5: string;
  /** Lower-case hex, over names and content of all files in the order of their names. */
  readonly sha256: string;
}

interface SuiteFile {
  /** Segments of the path below the suite. */
  readonly segments: readonly string[];
  readonly md5: string;
  readonly sha256: string;
}

const NEVER_SENT = 'node_modules';
/** More is no suite: a link to some other place, or a build folder. */
const MOST_FILES = 20_000;

/**
 * Digests a suite's folder as the core does to know whether it has it already, and as its revision where no commit
 * names it. Throws config `lab.suite-unreadable` for links that lead nowhere or in circles, and the signal's reason.
 */
export async function digestSuite(folder: string, signal: AbortSignal): Promise<SuiteDigest> {
  const paths = await listFiles(folder, [await realpath(folder)], signal);
  if (paths.length > MOST_FILES) throw unreadable(folder, `has more than ${MOST_FILES} files`);
  const files: SuiteFile[] = [];
  for (const path of paths) {
    const segments = relative(folder, path).split(sep);
    files.push({ segments, ...(await digestFile(path, signal)) });
  }
  return { md5: asTheCoreDoes(files), sha256: byName(files) };
}

/** Depth first, in the order the system lists names in; links are followed. */
async function listFiles(
  folder: string,
  parents: readonly string[],
  signal: AbortSignal,
): Promise<readonly string[]> {
  signal.throwIfAborted();
  const files: string[] = [];
  for (const name of await readdir(folder)) {
    if (name === NEVER_SENT) continue;
    const path = join(folder, name);
    const found = await stat(path).catch((cause: unknown) => {
      throw unreadable(path, 'leads nowhere', cause);
    });
    if (found.isFile()) files.push(path);
    if (!found.isDirectory()) continue;
    const real = await realpath(path);
    if (parents.includes(real)) throw unreadable(path, 'leads back to a folder that it lies in');
    files.push(...(await listFiles(path, [...parents, real], signal)));
    if (files.length > MOST_FILES) return files;
  }
  return files;
}

/**
 * md5 over the md5s of the files. Their order is what a sort makes of a comparison that is none (it may say "before"
 * both ways): right only with this very comparison, from the order the folder was listed in.
 */
function asTheCoreDoes(files: readonly SuiteFile[]): string {
  const sorted = [...files].sort((left, right) =>
    left.segments.every((segment, index) => {
      const other = right.segments[index];
      return other !== undefined && segment <= other;
    })
      ? -1
      : 1,
  );
  return createHash('md5')
    .update(sorted.map(({ md5 }) => md5).join(''))
    .digest('hex');
}

function byName(files: readonly SuiteFile[]): string {
  const lines = files.map(({ segments, sha256 }) => `${sha256}  ${segments.join('/')}\n`);
  const hash = createHash('sha256');
  for (const line of lines.sort((left, right) => (left.slice(66) < right.slice(66) ? -1 : 1)))
    hash.update(line);
  return hash.digest('hex');
}

async function digestFile(
  path: string,
  signal: AbortSignal,
): Promise<{ readonly md5: string; readonly sha256: string }> {
  const [md5, sha256] = [createHash('md5'), createHash('sha256')];
  await pipeline(
    createReadStream(path),
    async (chunks: AsyncIterable<Buffer>) => {
      for await (const chunk of chunks) {
        md5.update(chunk);
        sha256.update(chunk);
      }
    },
    { signal },
  );
  return { md5: md5.digest('hex'), sha256: sha256.digest('hex') };
}

function unreadable(path: string, because: string, cause?: unknown): Error {
  return badConfig('lab.suite-unreadable', `the suite cannot be sent: ${path} ${because}`, {
    hint: 'remove the link or put the files in its place',
    cause,
  });
}
