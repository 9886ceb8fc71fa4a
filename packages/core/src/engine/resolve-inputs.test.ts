import { describe, expect, it } from 'vitest';
import { resolveInputs } from './resolve-inputs.ts';

const receipts = new Map<string, unknown>([
  ['draft', { releaseId: 7, commit: 'c'.repeat(32), none: null }],
  ['void', null],
]);
const ref = (from: string, key: string) => ({ $output: { from, key } });

describe('resolveInputs', () => {
  it('replaces references at any depth and leaves the rest as it is', () => {
    const input = {
      id: ref('draft', 'releaseId'),
      list: [ref('draft', 'none'), 'text', { deep: ref('draft', 'commit') }],
      on: true,
    };

    expect(resolveInputs(input, receipts)).toEqual({
      id: 7,
      list: [null, 'text', { deep: 'c'.repeat(32) }],
      on: true,
    });
  });

  it('replaces an input that is nothing but a reference', () => {
    expect(resolveInputs(ref('draft', 'releaseId'), receipts)).toBe(7);
  });

  it.each([
    ['a step without a receipt', ref('other', 'id'), 'there is no receipt of step "other" to take "id" from'],
    ['a key that the receipt does not have', ref('draft', 'id'), 'the receipt of step "draft" has no "id"'],
    [
      'a key that every object inherits',
      ref('draft', 'toString'),
      'the receipt of step "draft" has no "toString"',
    ],
    ['a step that gave nothing', ref('void', 'id'), 'the receipt of step "void" has no "id"'],
  ])('takes %s for a defect', (_, input, message) => {
    expect(() => resolveInputs(input, receipts)).toThrow(message);
  });
});
