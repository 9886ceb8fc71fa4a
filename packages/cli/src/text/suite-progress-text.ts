import type { SuiteProgress } from '@osrel/core';
import { plainLine } from './wrap.ts';

/**
 * How far a suite is, in one line: `waiting for a rig`, `flashing 40 % on Lab board 3`,
 * `12 passed, 1 failed, 2 skipped on Lab board 3`.
 */
export function describeSuite(progress: SuiteProgress): string {
  const { rig, activity } = progress;
  const where = rig === null || activity === 'waiting' ? '' : ` on ${plainLine(rig.name ?? rig.id)}`;
  return `${describeActivity(progress)}${where}`;
}

/** ` · running: group > test`; empty between tests. */
export function describeRunningTest({ running }: SuiteProgress): string {
  return running === null ? '' : ` · running: ${plainLine(running)}`;
}

function describeActivity(progress: SuiteProgress): string {
  const percent = progress.percent === null ? '' : ` ${Math.floor(progress.percent)} %`;
  switch (progress.activity) {
    case 'preparing':
      return `preparing${percent}`;
    case 'waiting':
      return 'waiting for a rig';
    case 'starting':
      return 'starting';
    case 'uploading':
      return `uploading${percent}`;
    case 'flashing':
      return `flashing${percent}`;
    case 'testing':
      return describeCounts(progress);
    case 'collecting':
      return `collecting logs${describeSoFar(progress)}`;
    case 'leaving':
      return progress.rig === null ? 'cleaning up' : `freeing the rig${describeSoFar(progress)}`;
  }
}

function describeSoFar(progress: SuiteProgress): string {
  const { passed, failed, skipped } = progress;
  return passed + failed + skipped === 0 ? '' : `, ${describeCounts(progress)}`;
}

function describeCounts({ passed, failed, skipped }: SuiteProgress): string {
  const named = [
    [passed, 'passed'],
    [failed, 'failed'],
    [skipped, 'skipped'],
  ] as const;
  const counts = named.filter(([count]) => count > 0).map(([count, word]) => `${count} ${word}`);
  return counts.length === 0 ? 'testing' : counts.join(', ');
}
