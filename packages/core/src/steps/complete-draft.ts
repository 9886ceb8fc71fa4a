import { z } from 'zod';
import { defineStepKind, notDone } from './step-kind.ts';

const input = z.strictObject({ releaseId: z.number(), tags: z.record(z.string(), z.string()) });

const output = z.strictObject({ releaseId: z.number() });

/** Says that the draft has everything it should: status `success`, which devices and finalization ask for. */
export const completeDraft = defineStepKind({
  kind: 'complete-draft',
  writes: true,
  input,
  output,
  ports: ['hostappReleases'],
  probe: async ({ releaseId, tags }, { ports }) => {
    const release = await ports.hostappReleases.find(releaseId);
    const tagged = Object.entries(tags).every(([key, value]) => release?.tags[key] === value);
    return release?.status === 'success' && tagged
      ? { done: true, output: { releaseId }, because: 'its status is success already' }
      : notDone;
  },
  run: async ({ releaseId, tags }, { ports }) => {
    await ports.hostappReleases.update(releaseId, { status: 'success', tags });
    return { releaseId };
  },
});
