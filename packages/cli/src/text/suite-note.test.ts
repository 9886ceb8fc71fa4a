import { describe, expect, it } from 'vitest';
import { suiteNoteOf } from './suite-note.ts';

const receipt = { verdict: 'passed', passed: 12, failed: 0, skipped: 0, waived: 0, attempts: 1, rig: null };

describe('the note of a suite', () => {
  it.each([
    [{}, '12 passed'],
    [{ waived: 1, skipped: 2 }, '12 passed, 1 waived, 2 skipped'],
    [{ attempts: 3 }, '12 passed, at attempt 3'],
  ])('with %j is "%s"', (change, note) => {
    expect(suiteNoteOf('run-suite', { ...receipt, ...change })).toBe(note);
  });

  it('is nothing for another step, and for a receipt of an earlier osrel', () => {
    expect(suiteNoteOf('stage-files', receipt)).toBeUndefined();
    expect(suiteNoteOf('run-suite', { verdict: 'passed', passed: 1 })).toBeUndefined();
    expect(suiteNoteOf('run-suite', null)).toBeUndefined();
  });
});
