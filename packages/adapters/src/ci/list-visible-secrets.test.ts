import { parseConfig } from '@osrel/core';
import { describe, expect, it } from 'vitest';
import { listVisibleSecrets } from './list-visible-secrets.ts';

const environment = (...names: readonly string[]) => ({
  store: { bucket: 'my-images' },
  secrets: Object.fromEntries(names.map((env, index) => [`secret${index}`, { env }])),
});
const config = parseConfig(
  {
    environments: { 'a.example': environment('KEY_B', 'KEY_A'), 'b.example': environment('KEY_B', 'KEY_C') },
  },
  { file: 'osrel.yml' },
);

describe('secrets within reach of a run', () => {
  it('are the set variables of every environment, once each and sorted', () => {
    const visible = listVisibleSecrets({ KEY_A: 'x', KEY_B: 'y', OTHER: 'z' }, config);
    expect(visible).toEqual(['KEY_A', 'KEY_B']);
  });

  it('are none where the variables are unset or empty, as in a run of a fork', () => {
    expect(listVisibleSecrets({ KEY_A: '' }, config)).toEqual([]);
  });
});
