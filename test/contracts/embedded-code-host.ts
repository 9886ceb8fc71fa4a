import type { CodeHost, PullRequest } from '@osrel/core';
import type { CodeHostWorld } from './code-host.ts';

/** The embedded code host: commits are made up, and pull requests are recorded. */
export function embeddedCodeHost(host: CodeHost): CodeHostWorld {
  const repository = 'acme/device';
  let last = 0;
  const makeSha = (): string => {
    last += 1;
    return `${last}`.padStart(40, '0');
  };
  const record = async (number: number, change: Partial<PullRequest>): Promise<PullRequest> => {
    const pullRequest: PullRequest = {
      number,
      headSha: makeSha(),
      headRef: `topic-${number}`,
      baseRef: 'main',
      title: `Change ${number}`,
      mergeSha: null,
      ...change,
    };
    await host.recordPullRequest(repository, pullRequest);
    return pullRequest;
  };
  return {
    host,
    repository,
    commit: async () => makeSha(),
    open: (number, headSha) => record(number, headSha === undefined ? {} : { headSha }),
    merge: (number) => record(number, { mergeSha: makeSha() }),
    mergeUnseen: async (number) => {
      const { headSha } = await record(number, {});
      return { sha: makeSha(), parents: [makeSha(), headSha] };
    },
  };
}
