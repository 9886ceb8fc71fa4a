import { z } from 'zod';
import { refused } from '../errors/osrel-error.ts';
import { defineStepKind, notDone } from './step-kind.ts';

const input = z.strictObject({ releaseId: z.number(), tags: z.record(z.string(), z.string()) });

const output = z.strictObject({ releaseId: z.number() });

/** Tags a final release, as ESR fleets need it (balena-automation 5.4: `version`, `meta-balena-base`); never a draft. */
export const tagRelease = defineStepKind({
  kind: 'tag-release',
  writes: true,
  input,
  output,
  ports: ['hostappReleases'],
  probe: async ({ releaseId, tags }, { ports }) => {
    const release = await ports.hostappReleases.find(releaseId);
    const tagged = Object.entries(tags).every(([key, value]) => release?.tags[key] === value);
    return tagged ? { done: true, output: { releaseId }, because: 'the tags are there' } : notDone;
  },
  run: async ({ releaseId, tags }, { ports }) => {
    const release = await ports.hostappReleases.find(releaseId);
    if (release?.isFinal !== true) {
      throw refused(
        'esr.draft',
        `release ${releaseId} is not final: ESR tags are only given to final releases`,
        { hint: 'finalize it first: osrel finalize' },
      );
    }
    await ports.hostappReleases.update(releaseId, { tags });
    return { releaseId };
  },
});
