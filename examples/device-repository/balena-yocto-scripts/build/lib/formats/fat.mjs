import { fatName } from './fat-names.mjs';
import { sortedEntries } from './tree.mjs';

const SECTOR_BYTES = 512;
const ROOT_ENTRIES = 512;
const FAT16_MAX_CLUSTERS = 65_524;
const FAT16_MIN_CLUSTERS = 4085;

/**
 * A FAT file system holding a tree, FAT16 below 32 MiB and FAT32 from there on. Links become copies of nothing:
 * FAT knows none, so they are refused.
 * @param {{ tree: Map<string, object>, sizeBytes: number, label: string, volumeId: number, epochSeconds: number }} volume
 * @returns {Buffer} exactly sizeBytes long
 */
export function fatImage({ tree, sizeBytes, label, volumeId, epochSeconds }) {
  const geometry = chooseGeometry(sizeBytes / SECTOR_BYTES);
  const volume = {
    geometry,
    label: label.toUpperCase().padEnd(11).slice(0, 11),
    volumeId,
    stamp: dosTime(epochSeconds),
    bytes: Buffer.alloc(sizeBytes),
    table: [geometry.endMark & 0xfffffff8, geometry.endMark],
  };
  const root = buildDirectories(tree);
  if (geometry.bits === 32) volume.table.push(geometry.endMark);
  writeDirectory(volume, root, { cluster: geometry.bits === 32 ? 2 : 0, parentCluster: 0 });
  writeBootSectors(volume);
  writeTables(volume);
  return volume.bytes;
}

function chooseGeometry(sectors) {
  const bits = sectors >= 68_000 ? 32 : 16;
  const reserved = bits === 32 ? 32 : 1;
  const rootSectors = bits === 32 ? 0 : (ROOT_ENTRIES * 32) / SECTOR_BYTES;
  for (let clusterSectors = 1; clusterSectors <= 64; clusterSectors *= 2) {
    const entries = Math.ceil((sectors - reserved - rootSectors) / clusterSectors) + 2;
    const tableSectors = Math.ceil((entries * (bits / 8)) / SECTOR_BYTES);
    const dataStart = reserved + 2 * tableSectors + rootSectors;
    const clusters = Math.floor((sectors - dataStart) / clusterSectors);
    if (bits === 16 && clusters > FAT16_MAX_CLUSTERS) continue;
    const least = bits === 16 ? FAT16_MIN_CLUSTERS : FAT16_MAX_CLUSTERS + 1;
    if (clusters < least) break;
    const endMark = bits === 32 ? 0x0fffffff : 0xffff;
    return { bits, sectors, reserved, clusterSectors, tableSectors, dataStart, clusters, endMark };
  }
  throw new Error(`no FAT file system of ${sectors} sectors: use at least 2.2 MiB`);
}

function buildDirectories(tree) {
  const root = { children: new Map() };
  const directories = new Map([['', root]]);
  for (const [path, entry] of sortedEntries(tree)) {
    if (entry.kind !== 'file' && entry.kind !== 'directory')
      throw new Error(`FAT cannot hold ${path}, a ${entry.kind}`);
    const cut = path.lastIndexOf('/');
    const parent = directories.get(cut < 0 ? '' : path.slice(0, cut));
    const node = entry.kind === 'directory' ? { children: new Map() } : { bytes: entry.bytes };
    parent.children.set(path.slice(cut + 1), node);
    if (entry.kind === 'directory') directories.set(path, node);
  }
  return root;
}

/** Reserves a chain of clusters for so many bytes and returns its clusters. */
function takeClusters(volume, byteCount) {
  const { geometry, table } = volume;
  const count = Math.ceil(byteCount / (geometry.clusterSectors * SECTOR_BYTES));
  const first = table.length;
  if (first + count - 2 > geometry.clusters) {
    throw new Error(`the boot files need more than the ${volume.bytes.length} bytes of their partition`);
  }
  for (let index = 0; index < count; index += 1) {
    table.push(index + 1 < count ? first + index + 1 : geometry.endMark);
  }
  return count === 0 ? 0 : first;
}

function writeDirectory(volume, directory, { cluster, parentCluster }) {
  const { geometry, stamp } = volume;
  const isRoot = cluster === 0 || (geometry.bits === 32 && cluster === 2);
  const records = isRoot
    ? [record(Buffer.from(volume.label, 'latin1'), { attributes: 0x08, stamp })]
    : [
        record(Buffer.from('.'.padEnd(11), 'latin1'), { attributes: 0x10, cluster, stamp }),
        record(Buffer.from('..'.padEnd(11), 'latin1'), { attributes: 0x10, cluster: parentCluster, stamp }),
      ];
  const taken = new Set();
  const below = [];
  for (const [name, node] of directory.children) {
    const { shortName, longRecords } = fatName(name, taken);
    const isDirectory = node.children !== undefined;
    const size = isDirectory ? directoryBytes(node) : node.bytes.length;
    const start = takeClusters(volume, size);
    records.push(
      ...longRecords,
      record(shortName, {
        attributes: isDirectory ? 0x10 : 0x20,
        cluster: start,
        sizeBytes: isDirectory ? 0 : size,
        stamp,
      }),
    );
    if (isDirectory) below.push({ node, start });
    else if (size > 0) volume.bytes.set(node.bytes, clusterOffset(geometry, start));
  }
  place(volume, Buffer.concat(records), cluster);
  const ownAsParent = isRoot ? 0 : cluster;
  for (const { node, start } of below)
    writeDirectory(volume, node, { cluster: start, parentCluster: ownAsParent });
}

/** An upper bound that is exact enough: two dot records, and for every name the most records it may take. */
function directoryBytes(node) {
  const names = [...node.children.keys()];
  return names.reduce((total, name) => total + 32 * (1 + Math.ceil((name.length + 1) / 13)), 64);
}

function place(volume, records, cluster) {
  const { geometry, bytes, table } = volume;
  if (cluster === 0) {
    if (records.length > ROOT_ENTRIES * 32)
      throw new Error('too many files in the root of the boot partition');
    bytes.set(records, (geometry.reserved + 2 * geometry.tableSectors) * SECTOR_BYTES);
    return;
  }
  const clusterBytes = geometry.clusterSectors * SECTOR_BYTES;
  if (cluster === 2 && geometry.bits === 32) extendRoot(volume, records.length - clusterBytes);
  let at = cluster;
  for (let done = 0; done < records.length; done += clusterBytes) {
    bytes.set(records.subarray(done, done + clusterBytes), clusterOffset(geometry, at));
    at = table[at];
  }
}

function extendRoot(volume, missingBytes) {
  if (missingBytes <= 0) return;
  volume.table[2] = takeClusters(volume, missingBytes);
}

function clusterOffset(geometry, cluster) {
  return (geometry.dataStart + (cluster - 2) * geometry.clusterSectors) * SECTOR_BYTES;
}

function record(name, { attributes, cluster = 0, sizeBytes = 0, stamp }) {
  const bytes = Buffer.alloc(32);
  bytes.set(name);
  bytes[11] = attributes;
  bytes.writeUInt16LE(stamp.time, 14);
  bytes.writeUInt16LE(stamp.date, 16);
  bytes.writeUInt16LE(stamp.date, 18);
  bytes.writeUInt16LE(cluster >>> 16, 20);
  bytes.writeUInt16LE(stamp.time, 22);
  bytes.writeUInt16LE(stamp.date, 24);
  bytes.writeUInt16LE(cluster & 0xffff, 26);
  bytes.writeUInt32LE(sizeBytes, 28);
  return bytes;
}

function dosTime(epochSeconds) {
  const moment = new Date(epochSeconds * 1000);
  const year = Math.max(0, moment.getUTCFullYear() - 1980);
  return {
    date: (year << 9) | ((moment.getUTCMonth() + 1) << 5) | moment.getUTCDate(),
    time: (moment.getUTCHours() << 11) | (moment.getUTCMinutes() << 5) | (moment.getUTCSeconds() >> 1),
  };
}

function writeBootSectors(volume) {
  const { geometry, bytes } = volume;
  const boot = bytes.subarray(0, SECTOR_BYTES);
  boot.set([0xeb, geometry.bits === 32 ? 0x58 : 0x3c, 0x90]);
  boot.write('mkfs.fat', 3, 'latin1');
  boot.writeUInt16LE(SECTOR_BYTES, 11);
  boot[13] = geometry.clusterSectors;
  boot.writeUInt16LE(geometry.reserved, 14);
  boot[16] = 2;
  boot.writeUInt16LE(geometry.bits === 32 ? 0 : ROOT_ENTRIES, 17);
  if (geometry.bits === 16 && geometry.sectors < 65_536) boot.writeUInt16LE(geometry.sectors, 19);
  else boot.writeUInt32LE(geometry.sectors, 32);
  boot[21] = 0xf8;
  if (geometry.bits === 16) boot.writeUInt16LE(geometry.tableSectors, 22);
  boot.writeUInt16LE(32, 24);
  boot.writeUInt16LE(64, 26);
  if (geometry.bits === 32) writeFat32Fields(volume, boot);
  const extended = geometry.bits === 32 ? 64 : 36;
  boot[extended] = 0x80;
  boot[extended + 2] = 0x29;
  boot.writeUInt32LE(volume.volumeId >>> 0, extended + 3);
  boot.write(volume.label, extended + 7, 'latin1');
  boot.write(geometry.bits === 32 ? 'FAT32   ' : 'FAT16   ', extended + 18, 'latin1');
  boot.writeUInt16LE(0xaa55, 510);
  if (geometry.bits === 32) bytes.copyWithin(6 * SECTOR_BYTES, 0, 3 * SECTOR_BYTES);
}

function writeFat32Fields(volume, boot) {
  const { geometry, bytes, table } = volume;
  boot.writeUInt32LE(geometry.tableSectors, 36);
  boot.writeUInt32LE(2, 44);
  boot.writeUInt16LE(1, 48);
  boot.writeUInt16LE(6, 50);
  const free = bytes.subarray(SECTOR_BYTES, 2 * SECTOR_BYTES);
  free.writeUInt32LE(0x41615252, 0);
  free.writeUInt32LE(0x61417272, 484);
  free.writeUInt32LE(geometry.clusters + 2 - table.length, 488);
  free.writeUInt32LE(table.length - 1, 492);
  free.writeUInt32LE(0xaa550000, 508);
  bytes.writeUInt16LE(0xaa55, 2 * SECTOR_BYTES + 510);
}

function writeTables({ geometry, bytes, table }) {
  const width = geometry.bits / 8;
  for (const copy of [0, 1]) {
    const start = (geometry.reserved + copy * geometry.tableSectors) * SECTOR_BYTES;
    for (const [cluster, next] of table.entries()) {
      const at = start + cluster * width;
      if (width === 4) bytes.writeUInt32LE(next >>> 0, at);
      else bytes.writeUInt16LE(next & 0xffff, at);
    }
  }
}
