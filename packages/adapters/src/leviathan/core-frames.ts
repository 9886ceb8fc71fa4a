import { z } from 'zod';

/** What a core asks to be sent; the order in which it asks is its own. */
export const ARTIFACT_IDS = ['image', 'config', 'suite', 'kernelHeaders'] as const;
export type ArtifactId = (typeof ARTIFACT_IDS)[number];

export interface UploadFrame {
  readonly type: 'upload';
  readonly id: string;
  /** Root of the tar. */
  readonly name: string;
  /** As the core wrote it: it is compared as a number. */
  readonly token: string;
  readonly attempt: number;
}

export type CoreFrame =
  | UploadFrame
  | { readonly type: 'log'; readonly text: string }
  | { readonly type: 'flashing'; readonly percent: number | null }
  /** Ends the suite, if the core closes the connection after it. */
  | { readonly type: 'result'; readonly success: boolean }
  | { readonly type: 'error'; readonly message: string }
  /** Something a suite says, or the answer to `?reconnect`, that decides nothing. */
  | { readonly type: 'remark'; readonly text: string | null }
  | { readonly type: 'unreadable'; readonly because: string };

const envelope = z.looseObject({ type: z.string(), data: z.unknown() });

const upload = z.looseObject({
  id: z.string(),
  name: z.string().regex(/^[\w.-]+$/),
  token: z.union([z.number(), z.string()]),
  attempt: z.number().int().default(1),
});
const result = z.looseObject({ success: z.boolean() });
const flashing = z.looseObject({ message: z.literal('Flashing'), percentage: z.unknown() });
const failure = z.looseObject({ message: z.unknown() });

/** One text frame of a core (leviathan 3.2). Never throws: a frame that is no such frame is `unreadable`. */
export function parseCoreFrame(text: string): CoreFrame {
  const parsed = envelope.safeParse(parseJson(text));
  if (!parsed.success) return { type: 'unreadable', because: `no frame of a core: ${excerptOf(text)}` };
  const { type, data } = parsed.data;
  switch (type) {
    case 'upload':
      return parseUpload(data);
    case 'log':
      return { type: 'log', text: typeof data === 'string' ? data : JSON.stringify(data ?? '') };
    case 'status':
      return parseStatus(data);
    case 'info':
      return { type: 'remark', text: isEmpty(data) ? null : `info ${excerptOf(JSON.stringify(data))}` };
    case 'error': {
      const known = failure.safeParse(data);
      return { type: 'error', message: String(known.success ? known.data.message : JSON.stringify(data)) };
    }
    default:
      return { type: 'unreadable', because: `a frame of unknown type ${excerptOf(JSON.stringify(type))}` };
  }
}

function parseUpload(data: unknown): CoreFrame {
  const known = upload.safeParse(data);
  if (!known.success)
    return { type: 'unreadable', because: `a malformed upload request: ${excerptOf(JSON.stringify(data))}` };
  const { id, name, token, attempt } = known.data;
  return { type: 'upload', id, name, token: String(token), attempt };
}

function parseStatus(data: unknown): CoreFrame {
  const ended = result.safeParse(data);
  if (ended.success) return { type: 'result', success: ended.data.success };
  const progress = flashing.safeParse(data);
  if (progress.success) return { type: 'flashing', percent: percentOf(progress.data.percentage) };
  return { type: 'remark', text: isEmpty(data) ? null : `status ${excerptOf(JSON.stringify(data))}` };
}

function percentOf(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? Math.min(100, Math.max(0, value)) : null;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isEmpty(data: unknown): boolean {
  return data === undefined || data === null || JSON.stringify(data) === '{}';
}

function excerptOf(text: string | undefined): string {
  const quoted = JSON.stringify((text ?? '').slice(0, 120));
  return (text ?? '').length > 120 ? `${quoted}...` : quoted;
}
