import { readFile, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32, deflateRawSync } from 'node:zlib';
import { OsrelError, type PreparedImage, type VerifyImageRequest } from '@osrel/core';
import { describe, expect, it } from 'vitest';
import { inTestFolder, noise, referenceMbrImage, writeImage } from './build-test-image.ts';
import { createDiskImages } from './create-disk-images.ts';

const { prepare, verify, findPrepared } = createDiskImages();

interface Prepared {
  readonly folder: string;
  readonly image: string;
  readonly prepared: PreparedImage;
  readonly partPath: (number: number) => string;
}

const withPrepared = (test: (made: Prepared) => Promise<void>): Promise<void> =>
  inTestFolder(async (folder) => {
    const image = await writeImage(folder, referenceMbrImage());
    const prepared = await prepare({ image, outputDirectory: folder, variant: '' });
    const partPath = (number: number) => join(prepared.partsDirectory, `part-${number}.deflate`);
    await test({ folder, image, prepared, partPath });
  });

async function differencesOf(request: VerifyImageRequest): Promise<readonly string[]> {
  const error: unknown = await verify(request).catch((thrown: unknown) => thrown);
  if (!(error instanceof OsrelError)) throw new Error(`no refusal but ${String(error)}`);
  expect([error.code, error.kind]).toEqual(['image.parts-differ', 'integrity']);
  return error.problems.map((problem) => problem.message);
}

async function changePart(
  path: string,
  number: number,
  change: Readonly<Record<string, number>>,
): Promise<void> {
  const manifest = JSON.parse(await readFile(path, 'utf8')) as { 'resin.img': { parts: object[] } };
  Object.assign(manifest['resin.img'].parts[number] ?? {}, change);
  await writeFile(path, JSON.stringify(manifest));
}

describe('verify', () => {
  it('tells size and checksum without an image', () =>
    withPrepared(async ({ prepared }) => {
      expect(await verify({ manifest: prepared.manifestPath })).toEqual({
        parts: 7,
        sizeBytes: 92160,
        sha256: prepared.image.sha256,
      });
    }));

  it.each([
    ['crc', { crc: 1 }, /^part-1\.deflate crc: manifest 1, inflated \d+$/],
    ['zLen', { zLen: 3 }, /^part-1\.deflate zLen: manifest 3, file \d+$/],
    ['a larger len', { len: 20000 }, /^part-1\.deflate len: manifest 20000, inflated 10240$/],
    ['a smaller len', { len: 100 }, /^part-1\.deflate len: manifest 100, inflates to more$/],
  ])('names part, field and both values for a wrong %s', (_, change, message) =>
    withPrepared(async ({ prepared }) => {
      await changePart(prepared.manifestPath, 1, change);
      const differences = await differencesOf({ manifest: prepared.manifestPath });
      expect(differences).toHaveLength(1);
      expect(differences[0]).toMatch(message);
    }),
  );

  it('reports all differing parts at once', () =>
    withPrepared(async ({ prepared, partPath }) => {
      await changePart(prepared.manifestPath, 0, { crc: 1 });
      await rm(partPath(3));
      await changePart(prepared.manifestPath, 6, { crc: 2 });
      const differences = await differencesOf({ manifest: prepared.manifestPath });
      expect(differences.map((text) => text.slice(0, 18))).toEqual([
        'part-0.deflate crc',
        'part-3.deflate is ',
        'part-6.deflate crc',
      ]);
    }));

  it('notices any single changed bit of any part', () =>
    withPrepared(async ({ prepared, partPath }) => {
      for (let number = 0; number < 7; number += 1) {
        const good = await readFile(partPath(number));
        const bad = Buffer.from(good);
        const at = (number * 7919) % good.length;
        bad.writeUInt8(bad.readUInt8(at) ^ (1 << (number % 8)), at);
        await writeFile(partPath(number), bad);
        const differences = await differencesOf({ manifest: prepared.manifestPath });
        expect(differences[0]).toContain(`part-${number}.deflate`);
        await writeFile(partPath(number), good);
      }
    }));

  it('notices a part that is cut short', () =>
    withPrepared(async ({ prepared, partPath }) => {
      await truncate(partPath(2), 20);
      const differences = await differencesOf({ manifest: prepared.manifestPath });
      expect(differences[0]).toMatch(/^part-2\.deflate zLen: manifest \d+, file 20$/);
    }));

  it('refuses a part that ends its stream, though its own bytes are right', () =>
    withPrepared(async ({ image, prepared, partPath }) => {
      const plain = (await readFile(image)).subarray(34 * 512, 54 * 512);
      const closed = Buffer.concat([deflateRawSync(plain), Buffer.from([0, 0, 0xff, 0xff])]);
      await writeFile(partPath(1), closed);
      await changePart(prepared.manifestPath, 1, { zLen: closed.length, crc: crc32(plain) });
      const differences = await differencesOf({ manifest: prepared.manifestPath });
      expect(differences[0]).toContain('part-1.deflate ends its deflate stream at byte');
    }));

  it('refuses a part without the sync marker at its end', () =>
    withPrepared(async ({ prepared, partPath }) => {
      const bytes = Buffer.concat([await readFile(partPath(1)), Buffer.from([0, 1, 0, 0xfe, 0xff, 9])]);
      await writeFile(partPath(1), bytes);
      const differences = await differencesOf({ manifest: prepared.manifestPath });
      expect(differences).toContainEqual(
        expect.stringMatching(/^part-1\.deflate end: 0000ffff expected, file/),
      );
    }));

  it('names the first byte that differs from the image', () =>
    withPrepared(async ({ image, prepared }) => {
      const bytes = await readFile(image);
      const inflated = bytes.readUInt8(80_000);
      bytes.writeUInt8(inflated ^ 0xff, 80_000);
      await writeFile(image, bytes);
      expect(await differencesOf({ manifest: prepared.manifestPath, image })).toEqual([
        `part-5.deflate plain byte 80000 of the image: ${image} has ${inflated ^ 0xff}, inflated ${inflated}`,
      ]);
    }));

  it.each([92_000, 92_161, 60_000])('notices an image of another size (%i bytes)', (sizeBytes) =>
    withPrepared(async ({ image, prepared }) => {
      await truncate(image, sizeBytes);
      expect(await differencesOf({ manifest: prepared.manifestPath, image })).toEqual([
        `image size: ${image} ${sizeBytes}, parts 92160`,
      ]);
    }),
  );

  it('compares with the expected checksum, in any case of letters', () =>
    withPrepared(async ({ prepared }) => {
      const manifest = prepared.manifestPath;
      const { sha256 } = prepared.image;
      await verify({ manifest, expectedSha256: sha256.toUpperCase() });
      const wrong = 'ab'.repeat(32);
      expect(await differencesOf({ manifest, expectedSha256: wrong })).toEqual([
        `image sha256: expected ${wrong}, inflated ${sha256}`,
      ]);
      await expect(verify({ manifest, expectedSha256: 'abc' })).rejects.toMatchObject({
        code: 'image.sha256-format',
      });
    }));

  it('notices a part that the manifest does not list', () =>
    withPrepared(async ({ prepared, partPath }) => {
      await writeFile(partPath(7), 'x');
      expect((await differencesOf({ manifest: prepared.manifestPath }))[0]).toContain('part-7.deflate is in');
    }));

  it('tells apart: no manifest, no JSON, another name', () =>
    withPrepared(async ({ folder, prepared }) => {
      await expect(verify({ manifest: join(folder, 'image-raw.json') })).rejects.toMatchObject({
        code: 'image.not-found',
        kind: 'usage',
      });
      await rename(prepared.manifestPath, join(folder, 'parts.json'));
      await expect(verify({ manifest: join(folder, 'parts.json') })).rejects.toMatchObject({
        code: 'image.manifest-name',
      });
      await writeFile(prepared.manifestPath, '{');
      await expect(verify({ manifest: prepared.manifestPath })).rejects.toMatchObject({
        code: 'image.manifest-invalid',
        kind: 'integrity',
      });
    }));

  it('stops when the signal fires', () =>
    withPrepared(async ({ prepared }) => {
      const signal = AbortSignal.abort();
      await expect(verify({ manifest: prepared.manifestPath, signal })).rejects.toMatchObject({
        kind: 'cancelled',
      });
    }));
});

describe('findPrepared', () => {
  const requestOf = ({ folder, image, prepared }: Prepared) => ({
    image,
    outputDirectory: folder,
    variant: '',
    imageSha256: prepared.image.sha256,
  });

  it('finds exactly what prepare has made', () =>
    withPrepared(async (made) => {
      expect(await findPrepared(requestOf(made))).toEqual(made.prepared);
    }));

  it('finds nothing for another image, another variant, a damaged part or a damaged manifest', () =>
    withPrepared(async (made) => {
      const request = requestOf(made);
      expect(await findPrepared({ ...request, imageSha256: '0'.repeat(64) })).toBeUndefined();
      expect(await findPrepared({ ...request, variant: 'raw' })).toBeUndefined();
      const part = await readFile(made.partPath(4));
      await writeFile(made.partPath(4), noise(part.length, 5));
      expect(await findPrepared(request)).toBeUndefined();
      await writeFile(made.partPath(4), part);
      expect(await findPrepared(request)).toBeDefined();
      await writeFile(made.prepared.manifestPath, '[]');
      expect(await findPrepared(request)).toBeUndefined();
    }));
});
