import { z } from 'zod';
import { upstreamFailed } from '../errors/osrel-error.ts';
import { defineStepKind, notDone } from './step-kind.ts';

const input = z.strictObject({
  releaseId: z.number(),
  /** Recorded on the release before it becomes final: the evidence, or who forced it and why. */
  tags: z.record(z.string(), z.string()),
});

const output = z.strictObject({ releaseId: z.number(), rawVersion: z.string(), revision: z.number() });

/** Makes the release final. One way: the server never turns it back into a draft. */
export const finalizeRelease = defineStepKind({
  kind: 'finalize-release',
  writes: true,
  input,
  output,
  ports: ['hostappReleases'],
  concurrency: 1,
  probe: async ({ releaseId }, { ports }) => {
    const release = await ports.hostappReleases.find(releaseId);
    if (release?.isFinal !== true) return notDone;
    return { done: true, output: outputOf(release), because: `release ${releaseId} is final already` };
  },
  run: async ({ releaseId, tags }, { ports, log }) => {
    await ports.hostappReleases.update(releaseId, { tags });
    const release = await ports.hostappReleases.finalize(releaseId);
    if (!release.isFinal)
      throw upstreamFailed(
        'release.not-final',
        `release ${releaseId} is still a draft after it was finalized`,
        { retryable: true },
      );
    log(`release ${releaseId} is final: ${release.rawVersion}`);
    return outputOf(release);
  },
});

function outputOf(release: {
  readonly id: number;
  readonly rawVersion: string;
  readonly revision: number | null;
}): z.infer<typeof output> {
  return { releaseId: release.id, rawVersion: release.rawVersion, revision: release.revision ?? 0 };
}
