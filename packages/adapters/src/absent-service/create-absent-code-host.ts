import type { CodeHost } from '@osrel/core';

/** Where no code host is configured: no pull request is known, no check, and nothing is reported. */
export function createAbsentCodeHost(): CodeHost {
  return {
    findPullRequest: async () => undefined,
    listChecks: async () => ({ checks: [], trace: [] }),
    recordPullRequest: async () => {},
    recordCheck: async () => {},
    reportStage: async () => {},
  };
}
