import { z } from 'zod';
import { conflict } from '../errors/osrel-error.ts';
import { IGNORE_MARKER, MANIFEST_NAME } from '../model/published-files.ts';
import type { ObjectStore } from '../ports/object-store.ts';
import { defineStepKind, notDone } from './step-kind.ts';

const input = z.strictObject({
  prefix: z.string(),
  manifestSha256: z.string(),
  visibility: z.enum(['public', 'private']),
});

const output = z.strictObject({ state: z.enum(['open', 'published']) });

/**
 * Marks the version's folder as being filled, so that no reader takes a half upload for a release (balena-workflow 6.2).
 * A folder that is published already is left alone: the very same release is adopted, any other is refused (W4, W5).
 */
export const openUpload = defineStepKind({
  kind: 'open-upload',
  writes: true,
  input,
  output,
  ports: ['objectStore'],
  probe: async (wanted, { ports }) => {
    const state = await stateOf(wanted, ports.objectStore);
    if (state === 'absent') return notDone;
    return {
      done: true,
      output: { state },
      because: state === 'open' ? 'the marker is there' : 'these very files are published',
    };
  },
  run: async (wanted, { ports }) => {
    const state = await stateOf(wanted, ports.objectStore);
    if (state !== 'absent') return { state };
    await ports.objectStore.putText({
      key: `${wanted.prefix}/${IGNORE_MARKER}`,
      text: '',
      mediaType: 'application/octet-stream',
      visibility: wanted.visibility,
      expected: { kind: 'anything' },
    });
    return { state: 'open' };
  },
});

async function stateOf(
  wanted: z.infer<typeof input>,
  store: ObjectStore,
): Promise<'absent' | 'open' | 'published'> {
  const objects = await store.list(`${wanted.prefix}/`);
  if (objects.length === 0) return 'absent';
  if (objects.some((object) => object.key === `${wanted.prefix}/${IGNORE_MARKER}`)) return 'open';
  const manifest = objects.find((object) => object.key === `${wanted.prefix}/${MANIFEST_NAME}`);
  if (manifest?.sha256 === wanted.manifestSha256) return 'published';
  throw conflict(
    'store.published-differs',
    `${wanted.prefix} is published already, with other files than this release`,
    {
      hint: 'published versions are never changed: raise VERSION and release that',
      details: { prefix: wanted.prefix, published: manifest?.sha256 ?? null, planned: wanted.manifestSha256 },
    },
  );
}
