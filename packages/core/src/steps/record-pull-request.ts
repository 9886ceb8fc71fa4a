import { z } from 'zod';
import { defineStepKind, notDone } from './step-kind.ts';

const pullRequest = z.strictObject({
  number: z.number(),
  headSha: z.string(),
  headRef: z.string(),
  baseRef: z.string(),
  title: z.string().nullable(),
  mergeSha: z.string().nullable(),
});

const input = z.strictObject({ repository: z.string(), pullRequest });

const output = z.strictObject({ number: z.number() });

/** Lets the embedded code host know a pull request, so that the tag that follows its merge finds its tests. */
export const recordPullRequest = defineStepKind({
  kind: 'record-pull-request',
  writes: true,
  input,
  output,
  ports: ['codeHost'],
  probe: async ({ repository, pullRequest: wanted }, { ports }) => {
    const known = await ports.codeHost.findPullRequest({
      repository,
      sha: wanted.headSha,
      parents: [wanted.headSha],
      subject: '',
    });
    if (known?.number !== wanted.number || known.headSha !== wanted.headSha) return notDone;
    return { done: true, output: { number: wanted.number }, because: 'the code host knows it' };
  },
  run: async ({ repository, pullRequest: wanted }, { ports }) => {
    await ports.codeHost.recordPullRequest(repository, wanted);
    return { number: wanted.number };
  },
});
