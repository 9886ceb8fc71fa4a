import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import type { TestHistory, TestLab } from '@osrel/core';

/** A command lab in which one test is run and ends so, on the image that was really handed over. */
export function suiteLab(verdict: 'passed' | 'failed'): TestLab {
  return {
    labs: ['command'],
    runSuite: async ({ image }) => ({
      verdict,
      rule: verdict === 'passed' ? 'passed' : 'failed-test',
      because: `1 of 1 ${verdict}`,
      isWhole: true,
      tests: [{ name: 'boots', outcome: verdict, because: null, durationMs: 5 }],
      given: image === null ? [] : [{ name: image.name, ...(await digestOf(image.path)) }],
      rig: null,
      suiteRevision: null,
    }),
  };
}

/** Nothing is remembered. */
export const forgetfulHistory: TestHistory = {
  record: async () => undefined,
  list: async () => [],
  expectedMs: async () => null,
};

async function digestOf(path: string) {
  const { size } = await stat(path);
  return {
    sizeBytes: size,
    sha256: createHash('sha256')
      .update(await readFile(path))
      .digest('hex'),
  };
}
