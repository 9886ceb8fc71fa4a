import { join } from 'node:path';
import { findText } from '../../if-present.ts';
import type { PassthroughName } from './secret-variables.ts';

/** The first two numbers of a version: `2.8`. */
export interface BitbakeVersion {
  readonly major: number;
  readonly minor: number;
}

/** Where a repository may keep its bitbake, relative to the root. */
const PLACES = [
  'layers/poky/bitbake',
  'layers/openembedded-core/bitbake',
  'layers/bitbake',
  'poky/bitbake',
  'openembedded-core/bitbake',
  'bitbake',
];

/** The version of the repository's bitbake, read from its source; undefined when there is none. */
export async function findRepositoryBitbake(root: string): Promise<BitbakeVersion | undefined> {
  for (const place of PLACES) {
    const version = await findBitbakeVersion(join(root, place));
    if (version !== undefined) return version;
  }
  return undefined;
}

/** The version of the bitbake in this folder (that of `bin/` and `lib/`); undefined when it is none. */
export async function findBitbakeVersion(folder: string): Promise<BitbakeVersion | undefined> {
  const source = (await findText(join(folder, 'lib/bb/__init__.py'))) ?? '';
  const match = /^__version__\s*=\s*["'](\d+)\.(\d+)/m.exec(source);
  return match === null ? undefined : { major: Number(match[1]), minor: Number(match[2]) };
}

/** How this bitbake calls the variables it takes from the environment; an unknown one is taken for a new one. */
export function passthroughNameOf(version: BitbakeVersion | undefined): PassthroughName {
  // 2.0 refuses to start while the old name is in the environment.
  return version !== undefined && version.major < 2 ? 'BB_ENV_EXTRAWHITE' : 'BB_ENV_PASSTHROUGH_ADDITIONS';
}
