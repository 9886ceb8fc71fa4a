import { z } from 'zod';
import { conflict } from '../errors/osrel-error.ts';
import { defineStepKind, notDone } from './step-kind.ts';

const input = z.strictObject({
  key: z.string(),
  /** The version that `latest` names and must no longer. */
  from: z.string(),
  /** Null: no version is left to offer, the pointer goes away. */
  to: z.string().nullable(),
  visibility: z.enum(['public', 'private']),
});

const output = z.strictObject({ latest: z.string().nullable() });

/** Points `latest` at an earlier version: the one move backwards there is, asked for by name and compared first. */
export const moveLatestBack = defineStepKind({
  kind: 'move-latest-back',
  writes: true,
  input,
  output,
  ports: ['objectStore'],
  concurrency: 1,
  probe: async ({ key, to }, { ports }) => {
    const latest = (await ports.objectStore.readText(key))?.text.trim() ?? null;
    if (latest !== to) return notDone;
    return { done: true, output: { latest }, because: `latest is ${latest ?? 'gone'} already` };
  },
  run: async ({ key, from, to, visibility }, { ports, log }) => {
    const now = await ports.objectStore.readText(key);
    const latest = now?.text.trim() ?? null;
    if (latest === to) return { latest };
    if (now === undefined || latest !== from) {
      throw conflict('store.latest-moved', `${key} says ${latest ?? 'nothing'} by now, not ${from}`, {
        hint: 'somebody released or took back meanwhile: look with osrel status, then plan again',
        details: { found: latest, expected: from },
      });
    }
    if (to === null) await ports.objectStore.remove(key);
    else
      await ports.objectStore.putText({
        key,
        text: `${to}\n`,
        mediaType: 'text/plain',
        visibility,
        expected: { kind: 'etag', etag: now.etag },
      });
    log(`latest: ${from} -> ${to ?? 'none'}`);
    return { latest: to };
  },
});
