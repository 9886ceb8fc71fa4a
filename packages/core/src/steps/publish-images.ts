import { z } from 'zod';
import { integrityBroken } from '../errors/osrel-error.ts';
import { IGNORE_MARKER, MANIFEST_NAME } from '../model/published-files.ts';
import type { ObjectStore } from '../ports/object-store.ts';
import { digestOfText } from './compare-objects.ts';
import { defineStepKind, notDone } from './step-kind.ts';

const input = z.strictObject({ prefix: z.string(), manifestSha256: z.string() });

const output = z.strictObject({ prefix: z.string() });

/** Drops the marker: from here on readers see this version, and see all of it. */
export const publishImages = defineStepKind({
  kind: 'publish-images',
  writes: true,
  input,
  output,
  ports: ['objectStore'],
  probe: async (wanted, { ports }) => {
    await checkManifest(wanted, ports.objectStore);
    const marker = await ports.objectStore.find(`${wanted.prefix}/${IGNORE_MARKER}`);
    return marker === undefined
      ? { done: true, output: { prefix: wanted.prefix }, because: 'the marker is gone already' }
      : notDone;
  },
  run: async (wanted, { ports }) => {
    await checkManifest(wanted, ports.objectStore);
    await ports.objectStore.remove(`${wanted.prefix}/${IGNORE_MARKER}`);
    return { prefix: wanted.prefix };
  },
});

async function checkManifest(wanted: z.infer<typeof input>, store: ObjectStore): Promise<void> {
  const found = await digestOfText(store, `${wanted.prefix}/${MANIFEST_NAME}`);
  if (found === wanted.manifestSha256) return;
  throw integrityBroken(
    'store.manifest-differs',
    `${wanted.prefix} does not hold the files of this release`,
    {
      hint: 'run the deploy stage again: osrel deploy',
      details: { found: found ?? null, wanted: wanted.manifestSha256 },
    },
  );
}
