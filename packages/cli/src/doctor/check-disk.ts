import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import {
  access,
  copyFile,
  link,
  mkdir,
  open,
  rename,
  rm,
  rmdir,
  stat,
  statfs,
  writeFile,
} from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { formatDuration } from '../text/duration.ts';
import { formatSize } from '../text/size.ts';
import { type Finding, missing, ok, weak } from './finding.ts';

const GIB = 1024 ** 3;
/** A Yocto build alone wants far more; below this not even an example release ends well. */
const ENOUGH_BYTES = 2 * GIB;
const CLOCK_SLACK_MS = 5_000;

/** Room, and what the file system under `.osrel` can do: the journal and the embedded world rest on it. */
export async function checkDisk(root: string, now: string): Promise<readonly Finding[]> {
  const space = await checkSpace(root);
  const isWritable = await succeeds(() => access(root, constants.W_OK));
  if (!isWritable)
    return [
      space,
      missing('repository folder', 'cannot be written', `give yourself write access to ${root}`),
    ];
  const folder = join(root, '.osrel', 'cache', `doctor-${randomUUID()}`);
  await mkdir(folder, { recursive: true });
  try {
    return [space, ...(await checkSemantics(folder)), await checkClock(folder, now)];
  } finally {
    await rm(folder, { recursive: true, force: true });
    // Looking leaves nothing behind; a folder that holds something stays.
    for (const made of [dirname(folder), dirname(dirname(folder))]) await succeeds(() => rmdir(made));
  }
}

async function checkSpace(root: string): Promise<Finding> {
  const { bavail, bsize } = await statfs(root);
  const free = bavail * bsize;
  const found = `${formatSize(free)} free`;
  return free >= ENOUGH_BYTES
    ? ok('disk space', found)
    : weak('disk space', found, 'remove old builds, for example: build/tmp or .osrel/cache');
}

async function checkSemantics(folder: string): Promise<readonly Finding[]> {
  const file = join(folder, 'one');
  await writeFile(file, 'one');
  const isExclusive = !(await succeeds(() => writeFile(file, 'two', { flag: 'wx' })));
  const replaces = await succeeds(async () => {
    await writeFile(join(folder, 'two'), 'two');
    await rename(join(folder, 'two'), file);
  });
  const syncs = await succeeds(() => syncFile(file));
  const links = await succeeds(() => link(file, join(folder, 'linked')));
  const clones = await succeeds(() =>
    copyFile(file, join(folder, 'cloned'), constants.COPYFILE_FICLONE_FORCE),
  );
  const another = 'keep the repository on a local file system such as ext4, xfs, btrfs or apfs';
  return [
    isExclusive && replaces && syncs
      ? ok('store semantics', 'exclusive create, replacing rename and fsync work')
      : missing('store semantics', describeLack({ isExclusive, replaces, syncs }), another),
    links ? ok('hard links', 'work') : weak('hard links', 'do not work: files are copied instead', another),
    clones
      ? ok('file clones', 'work')
      : weak(
          'file clones',
          'not on this file system: the local world copies files',
          'nothing to do; btrfs, xfs and apfs clone',
        ),
  ];
}

function describeLack(can: {
  readonly isExclusive: boolean;
  readonly replaces: boolean;
  readonly syncs: boolean;
}): string {
  const lacking = [
    ...(can.isExclusive ? [] : ['exclusive create']),
    ...(can.replaces ? [] : ['replacing rename']),
    ...(can.syncs ? [] : ['fsync']),
  ];
  return `${lacking.join(' and ')} not trustworthy here`;
}

async function checkClock(folder: string, now: string): Promise<Finding> {
  const file = join(folder, 'clock');
  await writeFile(file, '');
  const skewMs = Math.abs((await stat(file)).mtimeMs - Date.parse(now));
  if (now < '2025') return missing('clock', now, 'set the clock: an old date breaks TLS and build freshness');
  return skewMs <= CLOCK_SLACK_MS
    ? ok('clock', `${now.slice(0, 19)}Z, agrees with the file system`)
    : weak(
        'clock',
        `file system and clock differ by ${formatDuration(skewMs)}`,
        'synchronise the clocks, for example with NTP',
      );
}

async function syncFile(file: string): Promise<void> {
  const handle = await open(file, 'r+');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function succeeds(work: () => Promise<unknown>): Promise<boolean> {
  try {
    await work();
    return true;
  } catch {
    return false; // every way to fail means the same here: this cannot be relied on
  }
}
