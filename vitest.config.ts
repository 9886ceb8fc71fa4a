import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['packages/*/src/**/*.test.ts', 'test/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    sequence: { shuffle: true },
    // Two workers: the machines that run the suite have two cores, and the e2e tests start processes of their own.
    maxWorkers: 2,
  },
});
