import { parseConfig } from '@osrel/core';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { readProse } from './checkout-files.ts';

const examples = readProse().flatMap(({ path, text }) =>
  [...text.matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map((match, index) => ({
    name: `${path}, number ${index + 1}`,
    yaml: match[1] ?? '',
  })),
);

describe('configuration in prose', () => {
  it('is there', () => {
    expect(examples.length).toBeGreaterThan(0);
  });

  it.each(examples)('is read by osrel: $name', ({ yaml }) => {
    expect(() => parseConfig(parse(yaml), { file: 'osrel.yml' })).not.toThrow();
  });
});
