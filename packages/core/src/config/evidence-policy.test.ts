import { describe, expect, it } from 'vitest';
import { evidencePolicyFor } from './evidence-policy.ts';
import { parseConfig } from './parse-config.ts';

const config = parseConfig(
  {
    machines: {
      pi: null,
      desk: { tier: 'desk' },
      tower: { tier: 'desk', tests: { required: ['os', 'hup'], minimum: { os: 9 }, 'max-age-days': 2 } },
    },
    tests: {
      matrix: ['os', 'hup'].map((suite) => ({ suite, lab: 'command', command: ['./test.sh'] })),
      required: ['os'],
      minimum: { os: 3, hup: 2 },
      tiers: {
        blocker: { required: ['os', 'hup'] },
        desk: { minimum: { os: 1 }, 'max-age-days': 30 },
      },
    },
  },
  { file: 'osrel.yml' },
);

describe('what finalization asks for', () => {
  it.each([
    ['pi', { required: ['os', 'hup'], minimum: { os: 3, hup: 2 }, maxAgeDays: null }],
    ['desk', { required: ['os'], minimum: { os: 1, hup: 2 }, maxAgeDays: 30 }],
    ['tower', { required: ['os', 'hup'], minimum: { os: 9, hup: 2 }, maxAgeDays: 2 }],
    ['not-named', { required: ['os', 'hup'], minimum: { os: 3, hup: 2 }, maxAgeDays: null }],
  ])('of %s is its own section over its tier over all', (deviceType, policy) => {
    expect(evidencePolicyFor(config, deviceType)).toEqual(policy);
  });
});
