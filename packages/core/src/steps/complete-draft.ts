import { z } from 'zod';
import { MANIFEST_TAG, SOURCE_TAG } from '../model/release-tags.ts';
import { defineStepKind, notDone } from './step-kind.ts';

const input = z.strictObject({
  releaseId: z.number(),
  /** Digest of the release manifest among the assets. */
  manifestSha256: z.string(),
  sourceSha: z.string(),
});

const output = z.strictObject({ releaseId: z.number() });

function tagsOf(about: Omit<z.infer<typeof input>, 'releaseId'>): Record<string, string> {
  return { [SOURCE_TAG]: about.sourceSha, [MANIFEST_TAG]: about.manifestSha256 };
}

/** Says that the draft has everything it should: status `success`, which devices and finalization ask for. */
export const completeDraft = defineStepKind({
  kind: 'complete-draft',
  writes: true,
  input,
  output,
  ports: ['hostappReleases'],
  probe: async ({ releaseId, ...about }, { ports }) => {
    const release = await ports.hostappReleases.find(releaseId);
    const tagged = Object.entries(tagsOf(about)).every(([key, value]) => release?.tags[key] === value);
    return release?.status === 'success' && tagged
      ? { done: true, output: { releaseId }, because: 'its status is success already' }
      : notDone;
  },
  run: async ({ releaseId, ...about }, { ports }) => {
    // The status last: a draft that says success carries its tags.
    await ports.hostappReleases.update(releaseId, { tags: tagsOf(about) });
    await ports.hostappReleases.update(releaseId, { status: 'success' });
    return { releaseId };
  },
});
