import { chmod, lutimes, mkdir, readFile, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { sortedEntries } from '../formats/tree.mjs';
import { runProgram } from './run-program.mjs';

// Our own settings, because those of the machine that builds differ from one distribution to the next.
const MKE2FS_SETTINGS = `[defaults]
	base_features = sparse_super,large_file,filetype,resize_inode,dir_index,ext_attr
	default_mntopts = acl,user_xattr
	blocksize = 1024
	inode_size = 256
	inode_ratio = 8192
	enable_periodic_fsck = 0
[fs_types]
	small = {
	}
	ext4 = {
		features = has_journal,extent,huge_file,flex_bg,metadata_csum,64bit,dir_nlink,extra_isize
	}
`;

/** Whether this machine can write ext4 (mke2fs and debugfs of e2fsprogs). */
export async function findExt4Tools() {
  const [maker, editor] = await Promise.all([runProgram('mke2fs', ['-V']), runProgram('debugfs', ['-V'])]);
  return maker.found && editor.found;
}

/**
 * An ext4 file system with a journal holding a tree; no root rights, no mount.
 * @param {{ tree: Map<string, object>, sizeBytes: number, label: string, uuid: string, epochSeconds: number }} volume
 * @param {string} workDirectory emptied first, left for a look at what went in
 * @returns {Promise<Buffer>}
 */
export async function ext4Image({ tree, sizeBytes, label, uuid, epochSeconds }, workDirectory) {
  const [root, image, settings, script] = ['root', 'image', 'mke2fs.conf', 'debugfs.script'].map((name) =>
    join(workDirectory, name),
  );
  await rm(workDirectory, { recursive: true, force: true });
  await mkdir(root, { recursive: true });
  const entries = sortedEntries(tree);
  await stage(entries, root, epochSeconds);
  await writeFile(settings, MKE2FS_SETTINGS);
  await writeFile(image, '');
  await truncate(image, sizeBytes);
  const env = {
    MKE2FS_CONFIG: settings,
    SOURCE_DATE_EPOCH: String(epochSeconds),
    E2FSPROGS_FAKE_TIME: String(epochSeconds),
  };
  const options = `hash_seed=${uuid},root_owner=0:0,lazy_itable_init=0,lazy_journal_init=0`;
  const flags = [
    '-q',
    '-F',
    '-t',
    'ext4',
    '-m',
    '0',
    '-L',
    label,
    '-U',
    uuid,
    '-E',
    options,
    '-d',
    root,
    image,
  ];
  await mustRun('mke2fs', flags, env);
  await writeFile(script, inodeScript(entries.length, epochSeconds));
  await mustRun('debugfs', ['-w', '-f', script, image], env);
  return await readFile(image);
}

async function stage(entries, root, epochSeconds) {
  for (const [path, entry] of entries) {
    const target = join(root, path);
    await mkdir(dirname(target), { recursive: true });
    if (entry.kind === 'directory') await mkdir(target, { recursive: true });
    else if (entry.kind === 'link') await symlink(entry.target, target);
    else if (entry.kind === 'file') await writeFile(target, entry.bytes);
    if (entry.kind !== 'link') await chmod(target, entry.mode);
    await lutimes(target, epochSeconds, epochSeconds);
  }
}

/** mke2fs copies owner and change time of the staged files, which nobody can choose: set them afterwards. */
function inodeScript(entryCount, epochSeconds) {
  const firstFree = 11;
  const inodes = [2, 8, ...Array.from({ length: entryCount + 1 }, (_, index) => firstFree + index)];
  const lines = inodes.flatMap((inode) => [
    `sif <${inode}> uid 0`,
    `sif <${inode}> gid 0`,
    ...['atime', 'ctime', 'mtime', 'crtime'].flatMap((field) => [
      `sif <${inode}> ${field} @${epochSeconds}`,
      `sif <${inode}> ${field}_extra 0`,
    ]),
  ]);
  return `${lines.join('\n')}\n`;
}

async function mustRun(program, argumentList, env) {
  const { status, stderr, stdout } = await runProgram(program, argumentList, { env });
  if (status !== 0) throw new Error(`${program} failed with status ${status}: ${(stderr || stdout).trim()}`);
}
