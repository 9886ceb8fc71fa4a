import { createHash, type Hash } from 'node:crypto';
import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { ManifestPart, PreparedPart, Problem } from '@osrel/core';
import { inflatePart } from './inflate-part.ts';
import { type OpenImage, readBytes } from './open-image.ts';
import type { ReadManifest } from './read-image-manifest.ts';

const SYNC_MARKER = Buffer.from([0x00, 0x00, 0xff, 0xff]);

export interface CheckPartsRequest {
  readonly manifest: ReadManifest;
  /** The image that the inflated parts must equal. */
  readonly image: OpenImage | undefined;
  /** Called before every piece of work; throws to stop the check. */
  readonly keepGoing: () => void;
}

export interface CheckedParts {
  readonly parts: readonly PreparedPart[];
  /** Size and hex SHA-256 of the inflated image. */
  readonly sizeBytes: number;
  readonly sha256: string;
  /** Every difference found; empty when the parts are what the manifest says. */
  readonly problems: readonly Problem[];
}

/** Inflates every part and compares it with the manifest and, when there is one, with the image. */
export async function checkParts(request: CheckPartsRequest): Promise<CheckedParts> {
  const { manifest } = request;
  const hash = createHash('sha256');
  const parts: PreparedPart[] = [];
  const problems: Problem[] = [...(await listUnknownParts(manifest))];
  let firstByte = 0;
  for (const part of manifest.parts) {
    const found = await checkPart({ ...request, hash }, part, firstByte);
    problems.push(
      ...found.problems.map((message) => ({ at: part.filename, message: `${part.filename} ${message}` })),
    );
    const { filename, crc, len, zLen, partitionIndex } = part;
    const index = partitionIndex === undefined ? {} : { partitionIndex };
    parts.push({ filename, crc, len, zLen, ...index, sha256: found.sha256 });
    firstByte += part.len;
  }
  return { parts, sizeBytes: firstByte, sha256: hash.digest('hex'), problems };
}

async function listUnknownParts(manifest: ReadManifest): Promise<readonly Problem[]> {
  const known = new Set(manifest.parts.map(({ filename }) => filename));
  const names = await readdir(manifest.partsDirectory).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  });
  return names
    .filter((name) => !known.has(name))
    .map((name) => ({
      at: name,
      message: `${name} is in ${manifest.partsDirectory} but not in the manifest`,
    }));
}

interface CheckedPart {
  readonly problems: readonly string[];
  /** Of the compressed bytes; empty when they could not be read. */
  readonly sha256: string;
}

async function checkPart(
  check: CheckPartsRequest & { readonly hash: Hash },
  part: ManifestPart,
  firstByte: number,
): Promise<CheckedPart> {
  const path = join(check.manifest.partsDirectory, part.filename);
  const file = await readEnd(path);
  if (file === undefined) return { problems: ['is missing'], sha256: '' };
  let position = firstByte;
  let difference: string | undefined;
  const inflated = await inflatePart({ path, sizeBytes: file.sizeBytes }, part, async (plain) => {
    check.keepGoing();
    check.hash.update(plain);
    difference ??= await findDifference(check.image, plain, position);
    position += plain.length;
  });
  const compressed = compareCompressed(part, file);
  if (inflated.failure !== undefined) {
    return { problems: [...compressed, inflated.failure], sha256: inflated.sha256 };
  }
  const plain: string[] = [];
  if (inflated.lengthBytes !== part.len)
    plain.push(`len: manifest ${part.len}, inflated ${inflated.lengthBytes}`);
  if (inflated.crc !== part.crc) plain.push(`crc: manifest ${part.crc}, inflated ${inflated.crc}`);
  if (difference !== undefined) plain.push(difference);
  return { problems: [...compressed, ...plain], sha256: inflated.sha256 };
}

interface PartEnd {
  readonly sizeBytes: number;
  /** The last four bytes. */
  readonly end: Buffer;
}

function compareCompressed(part: ManifestPart, file: PartEnd): readonly string[] {
  const problems: string[] = [];
  if (file.sizeBytes !== part.zLen) problems.push(`zLen: manifest ${part.zLen}, file ${file.sizeBytes}`);
  if (!file.end.equals(SYNC_MARKER)) {
    problems.push(`end: ${SYNC_MARKER.toString('hex')} expected, file ${file.end.toString('hex')}`);
  }
  return problems;
}

/** Undefined when there is no such file. */
async function readEnd(path: string): Promise<PartEnd | undefined> {
  const handle = await open(path, 'r').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (handle === undefined) return undefined;
  try {
    const { size } = await handle.stat();
    const length = Math.min(size, SYNC_MARKER.length);
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(length), 0, length, size - length);
    return { sizeBytes: size, end: buffer.subarray(0, bytesRead) };
  } finally {
    await handle.close();
  }
}

async function findDifference(
  image: OpenImage | undefined,
  plain: Buffer,
  position: number,
): Promise<string | undefined> {
  if (image === undefined) return undefined;
  const available = Math.max(0, Math.min(plain.length, image.sizeBytes - position));
  const original = await readBytes(image, position, available);
  if (original.equals(plain.subarray(0, available))) return undefined;
  const at = original.findIndex((byte, index) => byte !== plain[index]);
  return `plain byte ${position + at} of the image: ${image.path} has ${original[at]}, inflated ${plain[at]}`;
}
