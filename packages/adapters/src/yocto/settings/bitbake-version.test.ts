import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findBitbakeVersion, findRepositoryBitbake, passthroughNameOf } from './bitbake-version.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'osrel-bitbake-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

async function putBitbake(folder: string, version: string): Promise<void> {
  await mkdir(join(root, folder, 'lib/bb'), { recursive: true });
  await writeFile(join(root, folder, 'lib/bb/__init__.py'), `#\n__version__ = "${version}"\nimport sys\n`);
}

describe('findRepositoryBitbake', () => {
  it('reads the version of the bitbake below poky', async () => {
    await putBitbake('layers/poky/bitbake', '1.46.0');
    expect(await findRepositoryBitbake(root)).toEqual({ major: 1, minor: 46 });
  });

  it('finds a bitbake of its own beside openembedded-core', async () => {
    await putBitbake('layers/bitbake', '2.19.0');
    expect(await findRepositoryBitbake(root)).toEqual({ major: 2, minor: 19 });
  });

  it('knows when there is none', async () => {
    expect(await findRepositoryBitbake(root)).toBeUndefined();
  });

  it('does not guess from a source it cannot read', async () => {
    await putBitbake('x', 'two');
    expect(await findBitbakeVersion(join(root, 'x'))).toBeUndefined();
  });
});

describe('passthroughNameOf', () => {
  it.each([
    [{ major: 1, minor: 46 }, 'BB_ENV_EXTRAWHITE'],
    [{ major: 2, minor: 0 }, 'BB_ENV_PASSTHROUGH_ADDITIONS'],
    [undefined, 'BB_ENV_PASSTHROUGH_ADDITIONS'],
  ])('of %j is %s', (version, name) => {
    expect(passthroughNameOf(version)).toBe(name);
  });
});
