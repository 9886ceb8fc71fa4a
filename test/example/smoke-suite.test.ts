import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateRawSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EXAMPLE, runProgram } from './device-repository.ts';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'osrel-smoke-'));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

let count = 0;

/** A deploy folder with an image of two parts; `indent` is that of image.json. */
async function deployed(below: string, indent: number | undefined) {
  count += 1;
  const deploy = join(folder, String(count));
  const place = join(deploy, below);
  await mkdir(join(place, 'compressed'), { recursive: true });
  const image = Buffer.alloc(2048, 7);
  image.writeUInt16LE(0xaa55, 510);
  const pieces = [image.subarray(0, 512), image.subarray(512)];
  const parts = [];
  for (const [index, piece] of pieces.entries()) {
    const filename = `part-${index}.deflate`;
    const bytes = deflateRawSync(piece);
    await writeFile(join(place, 'compressed', filename), bytes);
    parts.push({ filename, crc: 1, len: piece.length, zLen: bytes.length, partitionIndex: `(${index})` });
  }
  await writeFile(join(place, 'image.json'), JSON.stringify({ 'resin.img': { parts } }, null, indent));
  await writeFile(join(place, 'VERSION_HOSTOS'), await readFile(join(EXAMPLE, 'VERSION')));
  await writeFile(join(deploy, 'disk.img'), image);
  return { deploy, place, image: join(deploy, 'disk.img') };
}

function smoke({ deploy, image }: { deploy: string; image: string }, env: Record<string, string> = {}) {
  return runProgram(join(EXAMPLE, 'tests/smoke.sh'), [], {
    env: { OSREL_DEPLOY_DIR: deploy, OSREL_IMAGE: image, ...env },
  });
}

describe('the smoke suite', () => {
  it.each([
    ['', 4],
    ['', undefined],
    ['images/some-machine', 4],
  ] as const)('passes on what was released, in %j with indent %s', async (below, indent) => {
    const { status, stdout } = await smoke(await deployed(below, indent));
    expect(stdout).toBe(
      'TAP version 13\nok 1 - the image exists\nok 2 - the image has a boot signature\n' +
        'ok 3 - VERSION_HOSTOS is the version of the repository\nok 4 - image.json is there\n' +
        'ok 5 - every part of image.json is there in its size\nok 6 - the parts add up to the image\n' +
        'ok 7 - nobody asked for a failure\n1..7\n',
    );
    expect(status).toBe(0);
  });

  it.each([
    [
      'a missing part',
      (at: { place: string }) => rm(join(at.place, 'compressed/part-1.deflate')),
      'part-1.deflate is missing',
    ],
    [
      'a short part',
      (at: { place: string }) => writeFile(join(at.place, 'compressed/part-0.deflate'), 'x'),
      'has 1 bytes, not',
    ],
    [
      'another version',
      (at: { place: string }) => writeFile(join(at.place, 'VERSION_HOSTOS'), '1.0.0\n'),
      'VERSION_HOSTOS is 1.0.0',
    ],
    [
      'no boot signature',
      (at: { image: string }) => writeFile(at.image, Buffer.alloc(2048)),
      'are 0000, not 55aa',
    ],
    ['no image.json', (at: { place: string }) => rm(join(at.place, 'image.json')), 'no image.json in'],
    [
      'a shorter image',
      (at: { image: string }) => writeFile(at.image, 'x'.repeat(600)),
      'hold 2048 bytes, the image 600',
    ],
  ])('fails on %s and says so', async (_, harm, message) => {
    const at = await deployed('', 4);
    await harm(at);
    const { status, stdout } = await smoke(at);
    expect(status).toBe(1);
    expect(stdout).toMatch(/^not ok/m);
    expect(stdout).toContain(message);
  });

  it('fails when a demonstration asks for it', async () => {
    const { status, stdout } = await smoke(await deployed('', 4), { SMOKE_FAIL: '1' });
    expect(status).toBe(1);
    expect(stdout).toContain('not ok 7 - nobody asked for a failure');
  });

  it('fails without its two variables instead of passing on nothing', async () => {
    const { status, stdout } = await smoke({ deploy: '', image: '' });
    expect(status).toBe(1);
    expect(stdout.match(/^not ok/gm)).toHaveLength(4);
  });
});
