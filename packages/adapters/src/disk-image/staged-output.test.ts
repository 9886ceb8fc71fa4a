import { execFile } from 'node:child_process';
import { chmod, mkdir, open, readdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { badUsage } from '@osrel/core';
import { describe, expect, it } from 'vitest';
import {
  inTestFolder,
  referenceGptImage,
  referenceMbrImage,
  writeImage,
  writeSparseImage,
} from './build-test-image.ts';
import { createDiskImages } from './create-disk-images.ts';

const MIB = 1024 * 1024;
const { prepare, verify } = createDiskImages();

describe('prepare, outputs', () => {
  it('replaces an earlier result, also one of more parts', () =>
    inTestFolder(async (folder) => {
      const outputDirectory = join(folder, 'out');
      await prepare({ image: await writeImage(folder, referenceMbrImage()), outputDirectory, variant: '' });
      const image = await writeImage(folder, referenceGptImage());
      const prepared = await prepare({ image, outputDirectory, variant: '' });
      expect(await readdir(prepared.partsDirectory)).toHaveLength(5);
      expect((await verify({ manifest: prepared.manifestPath, image })).parts).toBe(5);
    }));

  it('leaves the other variants alone', () =>
    inTestFolder(async (folder) => {
      const image = await writeImage(folder, referenceMbrImage());
      await prepare({ image, outputDirectory: folder, variant: 'raw' });
      await prepare({ image, outputDirectory: folder, variant: '' });
      expect((await verify({ manifest: join(folder, 'image-raw.json'), image })).parts).toBe(7);
    }));

  it('clears what a crashed run has left', () =>
    inTestFolder(async (folder) => {
      const image = await writeImage(folder, referenceGptImage());
      const outputDirectory = join(folder, 'out');
      await mkdir(join(outputDirectory, '.compressed.partial'), { recursive: true });
      await writeFile(join(outputDirectory, '.compressed.partial', 'part-77.deflate'), 'half');
      await writeFile(join(outputDirectory, '.image.json.partial'), '{');
      await prepare({ image, outputDirectory, variant: '' });
      expect((await readdir(outputDirectory)).sort()).toEqual(['compressed', 'image.bmap', 'image.json']);
      expect(await readdir(join(outputDirectory, 'compressed'))).not.toContain('part-77.deflate');
    }));

  it('has no manifest after a kill in the middle, and works again afterwards', () =>
    inTestFolder(async (folder) => {
      const image = await writeSparseImage(folder, 24 * MIB, []);
      const outputDirectory = join(folder, 'out');
      const request = { image, outputDirectory, variant: '' };
      const module = new URL('./create-disk-images.ts', import.meta.url).href;
      const program = `
        import { createDiskImages } from ${JSON.stringify(module)};
        const onProgress = () => process.kill(process.pid, 'SIGKILL');
        await createDiskImages().prepare({ ...${JSON.stringify(request)}, onProgress });`;
      const run = promisify(execFile)(process.execPath, ['--input-type=module', '-e', program]);
      await expect(run).rejects.toMatchObject({ signal: 'SIGKILL' });
      expect(await readdir(outputDirectory)).toEqual(['.compressed.partial']);
      const prepared = await prepare(request);
      expect((await verify({ manifest: prepared.manifestPath, image })).matchesImage).toBe(true);
      expect((await readdir(outputDirectory)).sort()).toEqual(['compressed', 'image.bmap', 'image.json']);
    }));

  it('does not take foreign files in the parts folder with it', () =>
    inTestFolder(async (folder) => {
      const image = await writeImage(folder, referenceGptImage());
      await mkdir(join(folder, 'compressed'));
      await writeFile(join(folder, 'compressed', 'notes.txt'), 'mine');
      await expect(prepare({ image, outputDirectory: folder, variant: '' })).rejects.toMatchObject({
        code: 'image.parts-directory-foreign',
        message: expect.stringContaining('notes.txt'),
      });
      expect(await readFile(join(folder, 'compressed', 'notes.txt'), 'utf8')).toBe('mine');
    }));
});

describe('prepare, cancelled', () => {
  it('stops at once when the signal has fired before', () =>
    inTestFolder(async (folder) => {
      const image = await writeImage(folder, referenceGptImage());
      const outputDirectory = join(folder, 'out');
      const signal = AbortSignal.abort();
      await expect(prepare({ image, outputDirectory, variant: '', signal })).rejects.toMatchObject({
        code: 'image.cancelled',
        kind: 'cancelled',
      });
      expect(await readdir(folder)).toEqual(['test.img']);
    }));

  it.each([1, 16, 24])('removes its temporaries after %i MiB and keeps the earlier result', (stopMib) =>
    inTestFolder(async (folder) => {
      const image = await writeSparseImage(folder, 24 * MIB, [{ at: 5000, bytes: Buffer.from('hello') }]);
      const outputDirectory = join(folder, 'out');
      const earlier = await prepare({ image, outputDirectory, variant: '' });
      const stop = new AbortController();
      const onProgress = (done: number) => {
        if (done >= stopMib * MIB) stop.abort();
      };
      const again = prepare({ image, outputDirectory, variant: '', onProgress, signal: stop.signal });
      await expect(again).rejects.toMatchObject({ kind: 'cancelled' });
      expect((await readdir(outputDirectory)).sort()).toEqual(['compressed', 'image.bmap', 'image.json']);
      expect((await verify({ manifest: earlier.manifestPath, image })).matchesImage).toBe(true);
    }),
  );

  it('throws the reason of the signal when that is an error of osrel', () =>
    inTestFolder(async (folder) => {
      const image = await writeImage(folder, referenceGptImage());
      const signal = AbortSignal.abort(badUsage('run.stopped', 'stopped'));
      await expect(prepare({ image, outputDirectory: folder, variant: '', signal })).rejects.toMatchObject({
        code: 'run.stopped',
      });
    }));
});

describe('prepare, write failures', () => {
  it
    .runIf(process.platform === 'linux')
    .each(['part-0.deflate', 'part-3.deflate', 'part-6.deflate', '.image.json.partial'])(
    'says that the disk is full when %s meets no room, and leaves nothing behind',
    (unlucky) =>
      inTestFolder(async (folder) => {
        const full = createDiskImages({
          openForWriting: (path) => open(basename(path) === unlucky ? '/dev/full' : path, 'w'),
        });
        const image = await writeImage(folder, referenceMbrImage());
        const outputDirectory = join(folder, 'out');
        await expect(full.prepare({ image, outputDirectory, variant: '' })).rejects.toMatchObject({
          code: 'disk.full',
          kind: 'tool',
          message: expect.stringContaining(outputDirectory),
        });
        expect(await readdir(outputDirectory)).toEqual([]);
      }),
  );

  it.skipIf(process.getuid?.() === 0)('names the folder that it may not write', () =>
    inTestFolder(async (folder) => {
      const image = await writeImage(folder, referenceGptImage());
      const outputDirectory = join(folder, 'locked');
      await mkdir(outputDirectory);
      await chmod(outputDirectory, 0o555);
      await expect(prepare({ image, outputDirectory, variant: '' })).rejects.toMatchObject({
        code: 'output.not-writable',
      });
    }),
  );
});
