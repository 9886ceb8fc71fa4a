import { createHash } from 'node:crypto';
import { appendFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { digestOfHex, type ReleaseManifest, renderReleaseManifest, renderSha256Sums } from '@osrel/core';
import { describe, expect, it } from 'vitest';
import { makeFolder, runOsrel } from './run-osrel.ts';

async function makeVersion(): Promise<string> {
  const folder = await makeFolder();
  const file = async (name: string, text: string, role: 'asset' | 'version' | 'hostapp') => {
    await mkdir(join(folder, name, '..'), { recursive: true });
    await writeFile(join(folder, name), text);
    const digest = digestOfHex(createHash('sha256').update(text).digest('hex'));
    return { name, sizeBytes: Buffer.byteLength(text), digest, mediaType: 'text/plain', role };
  };
  const files = [
    await file('VERSION', '6.5.1\n', 'version'),
    await file('sub folder/a.txt', 'hello', 'asset'),
    await file('os.docker', 'image', 'hostapp'),
  ];
  const manifest: ReleaseManifest = {
    schemaVersion: 1,
    system: 'balena-os',
    machine: 'raspberrypi4-64',
    slug: 'raspberrypi4-64',
    version: '6.5.1',
    esr: false,
    source: { repository: 'example/device', sha: 'a'.repeat(40) },
    files,
  };
  await writeFile(join(folder, 'release-manifest.json'), renderReleaseManifest(manifest));
  await writeFile(join(folder, 'SHA256SUMS'), renderSha256Sums(files));
  return folder;
}

/** Serves a folder on loopback while `work` runs. */
async function serve<T>(folder: string, work: (address: string) => Promise<T>): Promise<T> {
  const server = createServer((request, response) => {
    readFile(join(folder, decodeURIComponent(request.url ?? ''))).then(
      (bytes) => response.end(bytes),
      () => response.writeHead(404).end(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // A listening TCP server has an address of this form.
  const { port } = server.address() as AddressInfo;
  try {
    return await work(`http://127.0.0.1:${port}`);
  } finally {
    server.close();
  }
}

describe('osrel verify', () => {
  it('accepts a sound folder', async () => {
    const { exitCode, stdout } = await runOsrel(['verify', await makeVersion(), '--json']);
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      schemaVersion: 1,
      form: 'whole',
      slug: 'raspberrypi4-64',
      version: '6.5.1',
      files: 3,
      sizeBytes: 16,
    });
  });

  it('names every defect at once and exits with 8', async () => {
    const folder = await makeVersion();
    await writeFile(join(folder, 'sub folder/a.txt'), 'hallo');
    await appendFile(join(folder, 'VERSION'), 'x');
    await rm(join(folder, 'os.docker'));
    await writeFile(join(folder, 'os2.docker'), '');
    await writeFile(join(folder, 'IGNORE'), '');
    await appendFile(join(folder, 'SHA256SUMS'), `${'0'.repeat(64)}  ghost\n`);
    const { exitCode, stdout } = await runOsrel(['verify', folder, '--json']);
    expect(exitCode).toBe(8);
    const { error } = JSON.parse(stdout);
    expect(error.code).toBe('version.defective');
    expect(error.details.problems.map((problem: { at: string }) => problem.at).sort()).toEqual([
      'IGNORE',
      'SHA256SUMS',
      'VERSION',
      'os2.docker',
      'sub folder/a.txt',
    ]);
  });

  it('reads a published version over http, and notices a changed byte', async () => {
    const folder = await makeVersion();
    await rm(join(folder, 'os.docker'));
    await serve(folder, async (address) => {
      const sound = await runOsrel(['verify', address, '--json']);
      expect(JSON.parse(sound.stdout)).toMatchObject({ form: 'published', files: 2 });
      await writeFile(join(folder, 'VERSION'), '6.5.2\n');
      expect((await runOsrel(['verify', `${address}/`])).exitCode).toBe(8);
    });
  });

  it.each([
    ['http://127.0.0.1:1/', 5, 'verify.unreachable'],
    ['/does/not/exist', 2, 'verify.not-found'],
  ])('of %s exits with %i', async (place, exitCode, code) => {
    const spoken = await runOsrel(['verify', place]);
    expect(spoken.exitCode).toBe(exitCode);
    expect(spoken.stderr).toContain(code);
  });

  it('of a folder without a manifest exits with 8', async () => {
    expect((await runOsrel(['verify', await makeFolder()])).exitCode).toBe(8);
  });
});
