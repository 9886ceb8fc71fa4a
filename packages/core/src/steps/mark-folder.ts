import { z } from 'zod';
import { HELD_MARKER, IGNORE_MARKER, WITHDRAWN_MARKER } from '../model/published-files.ts';
import { defineStepKind, notDone } from './step-kind.ts';

const input = z.strictObject({
  prefix: z.string(),
  /** `withdrawn`: no reader sees the version any more. `held`: it stays, but `latest` does not come back to it. */
  state: z.enum(['withdrawn', 'held']),
  version: z.string(),
  reason: z.string(),
  visibility: z.enum(['public', 'private']),
});

const output = z.strictObject({ prefix: z.string() });

type MarkInput = z.infer<typeof input>;

/**
 * Leaves a mark in a published version's folder that says why it was taken back; its files stay. Readers leave a folder
 * with `IGNORE` alone (balena-workflow 6.2), so a withdrawn version gets that marker again.
 */
export const markFolder = defineStepKind({
  kind: 'mark-folder',
  writes: true,
  input,
  output,
  ports: ['objectStore', 'clock'],
  probe: async (wanted, { ports }) => {
    const found = await Promise.all(
      markersOf(wanted).map((name) => ports.objectStore.find(`${wanted.prefix}/${name}`)),
    );
    if (found.includes(undefined)) return notDone;
    return {
      done: true,
      output: { prefix: wanted.prefix },
      because: `the folder is marked as ${wanted.state}`,
    };
  },
  run: async (wanted, { ports }) => {
    const { prefix, state, version, reason, visibility } = wanted;
    for (const name of markersOf(wanted)) {
      // The first reason and time stay, also where only the reply was lost.
      if ((await ports.objectStore.find(`${prefix}/${name}`)) !== undefined) continue;
      const text =
        name === IGNORE_MARKER
          ? ''
          : `${JSON.stringify({ schemaVersion: 1, state, version, reason, at: ports.clock.now() }, null, 2)}\n`;
      await ports.objectStore.putText({
        key: `${prefix}/${name}`,
        text,
        mediaType: name === IGNORE_MARKER ? 'application/octet-stream' : 'application/json',
        visibility,
        expected: { kind: 'absent' },
      });
    }
    return { prefix };
  },
});

/** The reader's marker first: from then on nobody takes the version. */
function markersOf({ state }: MarkInput): readonly string[] {
  return state === 'withdrawn' ? [IGNORE_MARKER, WITHDRAWN_MARKER] : [HELD_MARKER];
}
