import { readFileSync } from 'node:fs';
import { z } from 'zod';

const FOLDER = new URL('../../fixtures/leviathan/', import.meta.url);

const archiveSchema = z.object({
  archive: z.array(
    z.object({
      name: z.string(),
      type: z.string(),
      text: z.string().optional(),
      base64: z.string().optional(),
    }),
  ),
});

const frameSchema = z.object({ type: z.string(), data: z.unknown() });

const eventSchema = z.discriminatedUnion('does', [
  z.object({ who: z.literal('client'), does: z.literal('connect'), socket: z.number(), path: z.string() }),
  z.object({ who: z.literal('client'), does: z.literal('cut'), socket: z.number() }),
  z.object({
    who: z.literal('client'),
    does: z.literal('request'),
    request: z.number(),
    method: z.string(),
    path: z.string(),
    headers: z.record(z.string(), z.union([z.string(), z.number()])).optional(),
    /** `broken`: so many bytes that are no archive. */
    body: z.union([archiveSchema, z.object({ broken: z.literal(true), bytes: z.number() })]).optional(),
  }),
  z.object({ who: z.literal('core'), does: z.literal('ping'), socket: z.number(), data: z.string() }),
  z.object({ who: z.literal('core'), does: z.literal('frame'), socket: z.number(), frame: frameSchema }),
  z.object({ who: z.literal('core'), does: z.literal('close'), socket: z.number(), code: z.number() }),
  z.object({
    who: z.literal('core'),
    does: z.literal('answer'),
    request: z.number(),
    status: z.number(),
    type: z.string().nullable(),
    /** Chunks of an upload's answer, an unpacked archive, or text. */
    body: z.union([z.array(z.string()), archiveSchema, z.string()]),
  }),
]);

const headSchema = z.object({
  recording: z.string(),
  client: z.enum(['stock', 'scripted']),
  clientExit: z.number().optional(),
  reports: z.array(z.string()).optional(),
});

export type RecordedEvent = z.infer<typeof eventSchema>;
export type RecordedArchive = z.infer<typeof archiveSchema>;

/** What a client and a core said to each other, in the order in which it passed between them. */
export interface Recording extends z.infer<typeof headSchema> {
  readonly events: readonly RecordedEvent[];
}

/** A recording of `test/fixtures/leviathan`, by its name. Throws when it is not as expected. */
export function readRecording(name: string): Recording {
  const [head, ...events] = readFileSync(new URL(`${name}.jsonl`, FOLDER), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line): unknown => JSON.parse(line));
  return { ...headSchema.parse(head), events: z.array(eventSchema).parse(events) };
}
