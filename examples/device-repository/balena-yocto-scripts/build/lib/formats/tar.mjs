import { sortedEntries } from './tree.mjs';

const RECORD_BYTES = 512;

/**
 * A tar archive (ustar) of a tree: owner root, one time for all entries, sorted.
 * @param {Map<string, object>} tree
 * @param {number} epochSeconds time of every entry
 */
export function tarOf(tree, epochSeconds) {
  const records = [];
  for (const [path, entry] of sortedEntries(tree)) {
    records.push(header(path, entry, epochSeconds));
    if (entry.kind === 'file') records.push(padded(entry.bytes));
  }
  records.push(Buffer.alloc(2 * RECORD_BYTES));
  return Buffer.concat(records);
}

const TYPE_FLAGS = { file: '0', link: '2', device: '3', directory: '5' };

function header(path, entry, epochSeconds) {
  const record = Buffer.alloc(RECORD_BYTES);
  const { name, prefix } = splitName(entry.kind === 'directory' ? `${path}/` : path);
  record.write(name, 0);
  octal(record, 100, 8, entry.mode ?? 0o777);
  octal(record, 108, 8, 0);
  octal(record, 116, 8, 0);
  octal(record, 124, 12, entry.kind === 'file' ? entry.bytes.length : 0);
  octal(record, 136, 12, epochSeconds);
  record.write(TYPE_FLAGS[entry.kind], 156);
  if (entry.kind === 'link') record.write(entry.target, 157);
  record.write('ustar\u000000', 257, 'latin1');
  record.write('root', 265);
  record.write('root', 297);
  octal(record, 329, 8, entry.major ?? 0);
  octal(record, 337, 8, entry.minor ?? 0);
  record.write(prefix, 345);
  writeChecksum(record);
  return record;
}

function splitName(path) {
  if (Buffer.byteLength(path) <= 100) return { name: path, prefix: '' };
  const cut = path.indexOf('/', Math.max(0, path.length - 101));
  const [prefix, name] = [path.slice(0, cut), path.slice(cut + 1)];
  if (cut < 0 || name === '' || Buffer.byteLength(prefix) > 155)
    throw new Error(`path too long for tar: ${path}`);
  return { name, prefix };
}

function octal(record, offset, length, value) {
  record.write(`${value.toString(8).padStart(length - 1, '0')}\0`, offset, 'latin1');
}

function writeChecksum(record) {
  record.fill(' ', 148, 156);
  const sum = record.reduce((total, byte) => total + byte, 0);
  record.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
}

function padded(bytes) {
  const rest = bytes.length % RECORD_BYTES;
  return rest === 0 ? bytes : Buffer.concat([bytes, Buffer.alloc(RECORD_BYTES - rest)]);
}
