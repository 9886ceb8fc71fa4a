import type { TestReceipt } from './evidence.ts';

/** For tests: a suite that passed on the bytes of manifest `bbb...`, with what a test wants to differ. */
export function sampleReceipt(change: Partial<TestReceipt> = {}): TestReceipt {
  const rig = { id: 'qemu-1', kind: 'qemu', name: null };
  return {
    schemaVersion: 2,
    planId: 'c'.repeat(64),
    entry: 'os',
    suite: 'os',
    suiteRevision: 'd'.repeat(40),
    lab: 'command',
    rig,
    slug: 'raspberrypi5',
    version: '6.5.1',
    sourceSha: 'a'.repeat(40),
    manifestSha256: 'b'.repeat(64),
    given: [{ name: 'image/balena.img', sizeBytes: 4096, sha256: 'e'.repeat(64) }],
    verdict: 'passed',
    because: '3 passed',
    counts: { passed: 3, failed: 0, skipped: 0, waived: 0 },
    attempts: [
      {
        rig,
        verdict: 'passed',
        because: '3 passed',
        startedAt: '2026-11-21T03:50:00.000Z',
        durationMs: 600_000,
      },
    ],
    waivers: [],
    finishedAt: '2026-11-21T04:00:00.000Z',
    ...change,
  };
}
