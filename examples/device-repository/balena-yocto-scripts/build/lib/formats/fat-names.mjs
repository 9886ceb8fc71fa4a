const SHORT_CHARACTERS = /^[A-Z0-9!#$%&'()@^_`{}~-]+$/;

/**
 * The directory records of one name: a short record, and long-name records before it when the name does not
 * fit into eight plus three capitals.
 * @param {string} name
 * @param {Set<string>} taken short names already used in the directory; the new one is added
 * @returns {{ shortName: Buffer, longRecords: Buffer[] }}
 */
export function fatName(name, taken) {
  if (!isFatName(name)) throw new Error(`no FAT file name: ${name}`);
  const plain = shortForm(name);
  if (plain !== undefined && !taken.has(plain)) {
    taken.add(plain);
    return { shortName: Buffer.from(plain, 'latin1'), longRecords: [] };
  }
  const alias = numberedAlias(name, taken);
  taken.add(alias);
  const shortName = Buffer.from(alias, 'latin1');
  return { shortName, longRecords: longRecords(name, shortChecksum(shortName)) };
}

function isFatName(name) {
  const printable = [...name].every((character) => character >= ' ');
  return printable && name.length <= 255 && !/["*/:<>?\\|]/.test(name);
}

function shortForm(name) {
  const [base, extension = '', ...rest] = name.split('.');
  const fits = rest.length === 0 && base.length >= 1 && base.length <= 8 && extension.length <= 3;
  if (!fits || (name.includes('.') && extension === '')) return undefined;
  if (!SHORT_CHARACTERS.test(base) || !(extension === '' || SHORT_CHARACTERS.test(extension)))
    return undefined;
  return base.padEnd(8) + extension.padEnd(3);
}

function numberedAlias(name, taken) {
  const dot = name.lastIndexOf('.');
  const clean = (text) => text.toUpperCase().replaceAll(/[^A-Z0-9_-]/g, '');
  const base = clean(dot > 0 ? name.slice(0, dot) : name) || 'FILE';
  const extension = dot > 0 ? clean(name.slice(dot + 1)).slice(0, 3) : '';
  for (let number = 1; number < 1_000_000; number += 1) {
    const tail = `~${number}`;
    const alias = (base.slice(0, 8 - tail.length) + tail).padEnd(8) + extension.padEnd(3);
    if (!taken.has(alias)) return alias;
  }
  throw new Error(`too many names like ${name} in one directory`);
}

function shortChecksum(shortName) {
  return shortName.reduce((sum, byte) => (((sum & 1) << 7) + (sum >> 1) + byte) & 0xff, 0);
}

const CHARACTER_OFFSETS = [1, 3, 5, 7, 9, 14, 16, 18, 20, 22, 24, 28, 30];

function longRecords(name, checksum) {
  const units = [
    ...Buffer.from(name, 'utf16le')
      .toString('latin1')
      .matchAll(/[\s\S]{2}/g),
  ].map(([pair]) => Buffer.from(pair, 'latin1').readUInt16LE(0));
  if (units.length % 13 !== 0) units.push(0);
  while (units.length % 13 !== 0) units.push(0xffff);
  const count = units.length / 13;
  return Array.from({ length: count }, (_, position) => {
    const order = count - position;
    const record = Buffer.alloc(32);
    record[0] = order | (position === 0 ? 0x40 : 0);
    record[11] = 0x0f;
    record[13] = checksum;
    for (const [index, offset] of CHARACTER_OFFSETS.entries()) {
      record.writeUInt16LE(units[(order - 1) * 13 + index], offset);
    }
    return record;
  });
}
