import { z } from 'zod';
import { defineStepKind, notDone } from './step-kind.ts';

const input = z.strictObject({ releaseId: z.number(), reason: z.string() });

const output = z.strictObject({ releaseId: z.number() });

/** Takes a final release out of every offer; a final one never becomes a draft again (balena-workflow 7.3). */
export const invalidateRelease = defineStepKind({
  kind: 'invalidate-release',
  writes: true,
  input,
  output,
  ports: ['hostappReleases'],
  probe: async ({ releaseId }, { ports }) => {
    const release = await ports.hostappReleases.find(releaseId);
    if (release?.isInvalidated !== true) return notDone;
    return { done: true, output: { releaseId }, because: `release ${releaseId} is invalidated already` };
  },
  run: async ({ releaseId, reason }, { ports, log }) => {
    await ports.hostappReleases.invalidate(releaseId, reason);
    log(`release ${releaseId} is invalidated: ${reason}`);
    return { releaseId };
  },
});
