import type { SuiteProgress } from '@osrel/core';

export interface ProgressReport {
  /** Tells it when something of it is new. */
  readonly tell: (change: Partial<SuiteProgress>) => void;
}

const NOTHING_YET: SuiteProgress = {
  activity: 'preparing',
  rig: null,
  running: null,
  passed: 0,
  failed: 0,
  skipped: 0,
  percent: null,
};

/** Puts together what different parts know of one suite. A new activity begins without a percentage. */
export function createProgressReport(onProgress: (progress: SuiteProgress) => void): ProgressReport {
  let told = '';
  let progress = NOTHING_YET;
  return {
    tell: (change) => {
      const isNewActivity = change.activity !== undefined && change.activity !== progress.activity;
      progress = { ...progress, ...(isNewActivity ? { percent: null } : {}), ...change };
      const text = JSON.stringify(progress);
      if (text !== told) onProgress(progress);
      told = text;
    },
  };
}
