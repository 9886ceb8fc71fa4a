import { sortedEntries } from './tree.mjs';

const FILE_TYPE_BITS = { file: 0o100000, directory: 0o040000, link: 0o120000, device: 0o020000 };

/**
 * A cpio archive in the "newc" form, which is what Linux unpacks as its first root file system.
 * @param {Map<string, object>} tree
 * @param {number} epochSeconds time of every entry
 */
export function cpioOf(tree, epochSeconds) {
  const pieces = [];
  let inode = 1;
  for (const [path, entry] of sortedEntries(tree)) {
    pieces.push(...member(path, entry, { inode, epochSeconds }));
    inode += 1;
  }
  pieces.push(...member('TRAILER!!!', { kind: 'end' }, { inode: 0, epochSeconds: 0 }));
  const archive = Buffer.concat(pieces);
  return Buffer.concat([archive, Buffer.alloc(-archive.length & 511)]);
}

function member(path, entry, { inode, epochSeconds }) {
  const content = contentOf(entry);
  const name = Buffer.from(`${path}\0`);
  const fields = [
    inode,
    entry.kind === 'end' ? 0 : FILE_TYPE_BITS[entry.kind] | (entry.mode ?? 0o777),
    0,
    0,
    entry.kind === 'directory' ? 2 : 1,
    epochSeconds,
    content.length,
    0,
    0,
    entry.major ?? 0,
    entry.minor ?? 0,
    name.length,
    0,
  ];
  const header = Buffer.from(`070701${fields.map(hex).join('')}`, 'latin1');
  return [aligned(Buffer.concat([header, name])), aligned(content)];
}

function contentOf(entry) {
  if (entry.kind === 'file') return entry.bytes;
  return entry.kind === 'link' ? Buffer.from(entry.target) : Buffer.alloc(0);
}

function hex(value) {
  return (value >>> 0).toString(16).padStart(8, '0').toUpperCase();
}

function aligned(bytes) {
  return Buffer.concat([bytes, Buffer.alloc(-bytes.length & 3)]);
}
