import { z } from 'zod';
import { OsrelError, refused } from '../errors/osrel-error.ts';
import { compareOsVersions, parseOsVersion } from '../model/os-version.ts';
import { defineStepKind, notDone } from './step-kind.ts';

const input = z.strictObject({
  key: z.string(),
  version: z.string(),
  visibility: z.enum(['public', 'private']),
});

const output = z.strictObject({ moved: z.boolean(), latest: z.string() });

/**
 * Moves the `latest` pointer forward, never back (W6): compare and swap, so that a newer release that was published in
 * the meantime keeps it.
 */
export const moveLatest = defineStepKind({
  kind: 'move-latest',
  writes: true,
  input,
  output,
  ports: ['objectStore'],
  concurrency: 1,
  probe: async ({ key, version }, { ports }) => {
    const now = await ports.objectStore.readText(key);
    if (now === undefined) return notDone;
    const latest = now.text.trim();
    if (latest === version)
      return { done: true, output: { moved: false, latest }, because: `latest is ${version} already` };
    if (!isNewer(latest, version, key)) return notDone;
    return { done: true, output: { moved: false, latest }, because: `latest is ${latest}, which is newer` };
  },
  run: async ({ key, version, visibility }, { ports, log }) => {
    const now = await ports.objectStore.readText(key);
    const latest = now?.text.trim();
    if (latest !== undefined && (latest === version || isNewer(latest, version, key)))
      return { moved: false, latest };
    await ports.objectStore.putText({
      key,
      text: `${version}\n`,
      mediaType: 'text/plain',
      visibility,
      expected: now === undefined ? { kind: 'absent' } : { kind: 'etag', etag: now.etag },
    });
    log(`latest: ${latest ?? 'none'} -> ${version}`);
    return { moved: true, latest: version };
  },
});

function isNewer(latest: string, version: string, key: string): boolean {
  try {
    return compareOsVersions(parseOsVersion(latest), parseOsVersion(version)) > 0;
  } catch (error) {
    if (!(error instanceof OsrelError)) throw error;
    throw refused(
      'store.latest-malformed',
      `${key} says "${latest.slice(0, 80)}", which cannot be compared with ${version}`,
      {
        hint: 'look at it and correct it by hand: it decides what every device is offered',
        cause: error,
      },
    );
  }
}
