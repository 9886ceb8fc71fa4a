import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestReceipt } from '@osrel/core';
import { describe, expect, it } from 'vitest';
import { createLocalWorld } from './create-local-world.ts';
import { createSystemClock } from './create-system-clock.ts';
import { testFolder } from './test-folder.ts';

const receipt = (change: Partial<TestReceipt> = {}): TestReceipt => ({
  schemaVersion: 1,
  planId: 'plan',
  suite: 'smoke',
  lab: 'command',
  slug: 'raspberrypi4-64',
  version: '6.5.1+rev2',
  sourceSha: 'a'.repeat(40),
  manifestSha256: 'b'.repeat(64),
  verdict: 'passed',
  counts: { passed: 3, failed: 0, skipped: 0 },
  finishedAt: '2026-11-21T04:00:00.000Z',
  ...change,
});

async function start() {
  const root = await testFolder();
  const { testReceipts } = createLocalWorld({ root, clock: createSystemClock() });
  return { testReceipts, folder: join(root, '.osrel/world/receipts/raspberrypi4-64/6.5.1+rev2') };
}

describe('test receipts on a directory', () => {
  const question = { slug: 'raspberrypi4-64', version: '6.5.1+rev2' };

  it('are listed newest first, for the version that was asked for', async () => {
    const { testReceipts } = await start();
    const later = receipt({ verdict: 'failed', finishedAt: '2026-11-21T05:00:00.000Z' });
    for (const one of [receipt(), later, receipt({ version: '6.5.1' })]) await testReceipts.record(one);
    expect(await testReceipts.list(question)).toEqual([later, receipt()]);
    expect(await testReceipts.list({ ...question, version: '9.9.9' })).toEqual([]);
  });

  it('count once when recorded twice', async () => {
    const { testReceipts, folder } = await start();
    await testReceipts.record(receipt());
    await testReceipts.record(receipt());
    expect(await testReceipts.list(question)).toEqual([receipt()]);
    expect(await readdir(folder)).toEqual([expect.stringMatching(/^smoke-[0-9a-f]{16}\.json$/)]);
  });

  it('cannot be written outside their folder', async () => {
    const { testReceipts } = await start();
    await expect(testReceipts.record(receipt({ slug: '../..' }))).rejects.toMatchObject({
      code: 'path.unsafe-segment',
    });
  });
});
