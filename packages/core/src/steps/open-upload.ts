import { z } from 'zod';
import { conflict } from '../errors/osrel-error.ts';
import { IGNORE_MARKER, MANIFEST_NAME } from '../model/published-files.ts';
import type { ObjectStore } from '../ports/object-store.ts';
import { digestOfText } from './compare-objects.ts';
import { defineStepKind, notDone } from './step-kind.ts';

const input = z.strictObject({
  prefix: z.string(),
  manifestSha256: z.string(),
  visibility: z.enum(['public', 'private']),
  /** Whether a published folder with other files may be opened again (`--replace-published`). */
  replace: z.boolean(),
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
  const published = await digestOfText(store, `${wanted.prefix}/${MANIFEST_NAME}`);
  if (published === wanted.manifestSha256) return 'published';
  if (wanted.replace) return 'absent';
  throw conflict(
    'store.published-differs',
    `${wanted.prefix} is published already, with other files than this release`,
    {
      hint: `raise VERSION and release that; or, on purpose: osrel deploy --replace-published ${versionOf(wanted.prefix)}`,
      details: { prefix: wanted.prefix, published: published ?? null, planned: wanted.manifestSha256 },
    },
  );
}

function versionOf(prefix: string): string {
  return prefix.slice(prefix.lastIndexOf('/') + 1);
}
