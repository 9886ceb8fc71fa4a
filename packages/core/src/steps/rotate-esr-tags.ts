import { z } from 'zod';
import { OsrelError } from '../errors/osrel-error.ts';
import { type EsrTagChange, esrTagsOf, remainingEsrChanges } from '../model/esr-tags.ts';
import type { HostappApplications } from '../ports/hostapp-applications.ts';
import { defineStepKind, notDone } from './step-kind.ts';

const tags = z.strictObject({
  next: z.string().nullable(),
  current: z.string().nullable(),
  sunset: z.string().nullable(),
});

const input = z.strictObject({
  application: z.string(),
  before: tags,
  after: tags,
  /** In the order they are written: sunset, current, next (balena-automation 5.4 REQ). */
  changes: z.array(
    z.strictObject({
      tag: z.enum(['sunset', 'current', 'next']),
      from: z.string().nullable(),
      to: z.string().nullable(),
    }),
  ),
});

const output = z.strictObject({ application: z.string(), written: z.array(z.string()) });

/**
 * Rotates the three ESR tags of a fleet as planned. Each write compares first, so a rotation cut short between two
 * writes is completed, and one that somebody else has overtaken is refused.
 */
export const rotateEsrTags = defineStepKind({
  kind: 'rotate-esr-tags',
  writes: true,
  input,
  output,
  ports: ['hostappApplications'],
  concurrency: 1,
  probe: async (wanted, { ports }) => {
    const due = await listDue(wanted, ports.hostappApplications);
    return due.length > 0
      ? notDone
      : {
          done: true,
          output: { application: wanted.application, written: [] },
          because: 'the tags say so already',
        };
  },
  run: async (wanted, { ports, log }) => {
    const due = await listDue(wanted, ports.hostappApplications);
    const written: EsrTagChange[] = [];
    const write = async (change: EsrTagChange): Promise<void> => {
      await ports.hostappApplications.writeTag(wanted.application, {
        key: keyOf(change),
        value: change.to,
        expected: change.from,
      });
      log(`${keyOf(change)}: ${change.from ?? 'none'} -> ${change.to ?? 'none'}`);
    };
    for (const change of due) {
      try {
        await write(change);
        written.push(change);
      } catch (error) {
        if (isOvertaken(error)) await takeBack(written, write);
        throw error;
      }
    }
    return { application: wanted.application, written: due.map(keyOf) };
  },
});

/** Somebody else moved a tag meanwhile: this rotation will never be completed. */
function isOvertaken(error: unknown): boolean {
  return error instanceof OsrelError && error.kind === 'conflict';
}

/** Half a rotation would name one line twice: what was written goes back, where nobody has written since. */
async function takeBack(
  written: readonly EsrTagChange[],
  write: (change: EsrTagChange) => Promise<void>,
): Promise<void> {
  for (const { tag, from, to } of written.toReversed()) {
    try {
      await write({ tag, from: to, to: from });
    } catch (error) {
      // Theirs now. The conflict that led here is the one to tell.
      if (!isOvertaken(error)) throw error;
    }
  }
}

async function listDue(
  wanted: z.infer<typeof input>,
  applications: HostappApplications,
): Promise<readonly EsrTagChange[]> {
  const tags = (await applications.find(wanted.application))?.tags ?? {};
  return remainingEsrChanges(wanted, esrTagsOf(tags));
}

function keyOf(change: Pick<EsrTagChange, 'tag'>): string {
  return `esr-${change.tag}`;
}
