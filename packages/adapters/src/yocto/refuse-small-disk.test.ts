import { mkdtemp, rm, statfs, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { freeBytesAt, refuseSmallDisk } from './refuse-small-disk.ts';

const GIB = 1024 ** 3;

describe('refuseSmallDisk', () => {
  const refuse = (freeBytes: number, earlierBytes: number | null) => () =>
    refuseSmallDisk('/b/build', { freeBytes, earlierBytes });

  it('knows nothing without an earlier build', () => {
    expect(refuse(0, null)).not.toThrow();
  });

  it('wants a tenth more than the last build took', () => {
    expect(refuse(111 * GIB, 100 * GIB)).not.toThrow();
    expect(refuse(109 * GIB, 100 * GIB)).toThrow();
  });

  it('tells both figures and what to do', () => {
    expect(refuse(1.5 * GIB, 50 * GIB)).toThrow(
      expect.objectContaining({
        kind: 'tool',
        code: 'build.disk-too-small',
        message: expect.stringMatching(/^\/b\/build has 1\.5 GiB free; .* 55\.0 GiB$/),
        hint: expect.stringContaining('build.rm-work: true'),
        details: { folder: '/b/build', freeBytes: 1.5 * GIB, neededBytes: Math.ceil(50 * GIB * 1.1) },
      }),
    );
  });
});

describe('freeBytesAt', () => {
  let folder = '';
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'osrel-disk-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  /** Other programs write meanwhile. */
  const isAbout = async (bytes: number) => {
    const { blocks, bsize } = await statfs(folder);
    const free = await freeBytesAt(folder);
    expect(Math.abs(bytes - free)).toBeLessThan((blocks * bsize) / 20);
    expect(bytes).toBeGreaterThan(0);
  };

  it('is the room of the file system that will hold a folder which is not there yet', async () => {
    await isAbout(await freeBytesAt(join(folder, 'not/yet/there')));
  });

  it('looks further up where a file stands in the way', async () => {
    await writeFile(join(folder, 'file'), '');
    await isAbout(await freeBytesAt(join(folder, 'file/below')));
  });

  it('does not take a wrong path for an absent one', async () => {
    await expect(freeBytesAt('/\0')).rejects.toThrow();
  });
});
