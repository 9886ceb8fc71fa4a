import { mkdir, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { parseReceiptKey, type TestReceipt } from '@osrel/core';
import { describe, expect, it } from 'vitest';
import { createLocalWorld } from './create-local-world.ts';
import { createSystemClock } from './create-system-clock.ts';
import { testFolder } from './test-folder.ts';

const question = { slug: 'raspberrypi4-64', version: '6.5.1+rev2' };
const receipt = (change: Partial<TestReceipt> = {}): TestReceipt => ({
  schemaVersion: 2,
  planId: 'plan',
  entry: 'smoke',
  suite: 'smoke',
  suiteRevision: null,
  lab: 'command',
  rig: null,
  ...question,
  sourceSha: 'a'.repeat(40),
  manifestSha256: 'b'.repeat(64),
  given: [],
  verdict: 'passed',
  because: '3 passed',
  counts: { passed: 3, failed: 0, skipped: 0, waived: 0 },
  attempts: [],
  waivers: [],
  finishedAt: '2026-11-21T04:00:00.000Z',
  ...change,
});

async function start() {
  const root = await testFolder();
  const world = join(root, '.osrel/world');
  const open = () => createLocalWorld({ root, clock: createSystemClock() }).testReceipts;
  return { open, world, folder: join(world, 'receipts/raspberrypi4-64/6.5.1+rev2') };
}

describe('test receipts on a directory', () => {
  it('are signed by a key that the world makes when the first one is recorded, and not before', async () => {
    const { open, world, folder } = await start();
    expect(await open().list(question)).toEqual({ receipts: [], rejected: [] });
    await expect(readdir(world)).rejects.toMatchObject({ code: 'ENOENT' });
    await open().record(receipt());
    await open().record(receipt());
    expect(await open().list(question)).toEqual({ receipts: [receipt()], rejected: [] });
    expect(await readdir(folder)).toEqual([expect.stringMatching(/^smoke-[0-9a-f]{16}\.json$/)]);
    const key = join(world, 'receipt-key.pem');
    expect((await stat(key)).mode & 0o777).toBe(0o600);
    expect(parseReceiptKey(await readFile(key, 'utf8'))).toBeDefined();
  });

  it('cannot be written outside their folder', async () => {
    const { open, folder } = await start();
    await expect(open().record(receipt({ slug: '../..' }))).rejects.toMatchObject({
      code: 'path.unsafe-segment',
    });
    await open().record(receipt({ entry: '../../escape' }));
    expect(await readdir(folder)).toEqual([expect.stringMatching(/^_\.-\.\.-escape-[0-9a-f]{16}\.json$/)]);
  });

  it('are listed past a folder that lies among them', async () => {
    const { open, folder } = await start();
    await open().record(receipt());
    await mkdir(join(folder, 'folder.json'));
    expect(await open().list(question)).toMatchObject({
      receipts: [receipt()],
      rejected: [{ name: 'folder.json', defect: 'malformed' }],
    });
  });
});
