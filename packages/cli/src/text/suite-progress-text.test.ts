import type { SuiteProgress } from '@osrel/core';
import { describe, expect, it } from 'vitest';
import { describeRunningTest, describeSuite } from './suite-progress-text.ts';

const RIG = { id: 'https://abc.devices.example', kind: 'testbot', name: 'Lab board 3' };

function progress(change: Partial<SuiteProgress>): SuiteProgress {
  return {
    activity: 'testing',
    rig: RIG,
    running: null,
    passed: 0,
    failed: 0,
    skipped: 0,
    percent: null,
    ...change,
  };
}

describe('the progress of a suite', () => {
  it.each<[Partial<SuiteProgress>, string]>([
    [{ activity: 'preparing', rig: null, percent: 41.7 }, 'preparing 41 %'],
    [{ activity: 'waiting', rig: null }, 'waiting for a rig'],
    [{ activity: 'starting' }, 'starting on Lab board 3'],
    [{ activity: 'uploading', percent: 99.9 }, 'uploading 99 % on Lab board 3'],
    [{ activity: 'flashing' }, 'flashing on Lab board 3'],
    [{}, 'testing on Lab board 3'],
    [{ passed: 12, failed: 1, skipped: 2 }, '12 passed, 1 failed, 2 skipped on Lab board 3'],
    [{ activity: 'collecting', passed: 3 }, 'collecting logs, 3 passed on Lab board 3'],
    [{ activity: 'leaving', failed: 1 }, 'freeing the rig, 1 failed on Lab board 3'],
    [{ activity: 'leaving' }, 'freeing the rig on Lab board 3'],
    [{ activity: 'leaving', rig: null }, 'cleaning up'],
    [{ rig: { ...RIG, name: null }, passed: 1 }, '1 passed on https://abc.devices.example'],
  ])('%j is "%s"', (change, line) => {
    expect(describeSuite(progress(change))).toBe(line);
  });

  it('names the running test, without what could steer a terminal', () => {
    const line = describeRunningTest(progress({ running: 'fsck > mounts\u001b[31m' }));
    expect(line).toContain(' · running: fsck > mounts');
    expect(line).not.toContain('\u001b');
    expect(describeRunningTest(progress({}))).toBe('');
  });
});
