import { readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { badUsage, integrityBroken, type ManifestPart, parseImageManifest } from '@osrel/core';

/** A parsed `image.json` and the folder of its parts. */
export interface ReadManifest {
  readonly parts: readonly ManifestPart[];
  readonly partsDirectory: string;
  readonly text: string;
}

/**
 * Reads `image<suffix>.json`; its parts are in `compressed<suffix>` beside it. Throws `image.not-found`,
 * `image.manifest-name`, and `image.manifest-invalid` (integrity) with all problems.
 */
export async function readImageManifest(path: string): Promise<ReadManifest> {
  const partsDirectory = join(dirname(path), partsFolderOf(path));
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
    throw badUsage('image.not-found', `there is no image manifest ${path}`, {
      hint: 'write it with "osrel image prepare"',
      cause: error,
    });
  });
  return { parts: parseImageManifest(parseJson(text, path), path), partsDirectory, text };
}

function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw integrityBroken('image.manifest-invalid', `${path} is no JSON`, { cause: error });
  }
}

function partsFolderOf(manifest: string): string {
  const match = /^image(-[a-z0-9-]+)?\.json$/.exec(basename(manifest));
  if (match !== null) return `compressed${match[1] ?? ''}`;
  throw badUsage('image.manifest-name', `${manifest} is not called image.json or image-<variant>.json`, {
    hint: 'the name tells which folder holds the parts: compressed or compressed-<variant>',
  });
}
