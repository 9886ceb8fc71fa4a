import { readFile, stat } from 'node:fs/promises';
import { extname, resolve } from 'node:path';
import { integrityBroken, type OsrelError } from '@osrel/core';
import { type BlockMap, parseBlockMap } from './block-map.ts';

/** The block map that came with an image. */
export interface GivenBlockMap {
  readonly path: string;
  readonly text: string;
  readonly map: BlockMap;
}

const LARGEST_MAP = 64 * 1024 * 1024;

/**
 * The block map that whatever made the image left beside it: `<image>.bmap`, or the image's name with `.bmap` instead
 * of its ending, as balenaOS has it. `own` is where osrel writes its map; that is not one. Undefined when there is
 * none. Throws integrity `image.block-map-wrong` for one that cannot be read.
 */
export async function findGivenBlockMap(image: string, own: string): Promise<GivenBlockMap | undefined> {
  const ending = extname(image);
  const paths = [`${image}.bmap`, ...(ending === '' ? [] : [`${image.slice(0, -ending.length)}.bmap`])];
  for (const path of paths) {
    if (resolve(path) === resolve(own)) continue;
    const text = await findText(path);
    if (text === undefined) continue;
    const parsed = parseBlockMap(text);
    if (parsed.kind === 'malformed') throw blockMapWrong(path, parsed.because);
    return { path, text, map: parsed.map };
  }
  return undefined;
}

export function blockMapWrong(path: string, because: string): OsrelError {
  return integrityBroken(
    'image.block-map-wrong',
    `the block map ${path} does not fit its image: ${because}`,
    {
      hint: 'it belongs to another build: remove it, or build the image again; with it "bmaptool copy" would spoil a medium',
    },
  );
}

async function findText(path: string): Promise<string | undefined> {
  try {
    const status = await stat(path);
    if (!status.isFile()) return undefined;
    if (status.size > LARGEST_MAP) throw blockMapWrong(path, `it has ${status.size} bytes`);
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
