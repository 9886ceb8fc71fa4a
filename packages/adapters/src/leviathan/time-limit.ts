/**
 * Does work that ends when `limitMs` of real time are over or `signal` aborts; the work's signal then aborts, with a
 * TimeLimitReached or the signal's own reason. Throws what the work throws.
 */
export async function withinLimit<Value>(
  { limitMs, signal }: { readonly limitMs: number; readonly signal?: AbortSignal | undefined },
  work: (signal: AbortSignal) => Promise<Value>,
): Promise<Value> {
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(new TimeLimitReached(limitMs)), limitMs);
  try {
    return await work(signal === undefined ? limit.signal : AbortSignal.any([limit.signal, signal]));
  } finally {
    clearTimeout(timer);
  }
}

export class TimeLimitReached extends Error {
  override readonly name = 'TimeLimitReached';

  constructor(limitMs: number) {
    super(`no answer within ${limitMs / 1000} s`);
  }
}

/** A signal that aborts `graceMs` of real time after the given one does: for an answer that is better not missed. */
export async function withGrace<Value>(
  { graceMs, signal }: { readonly graceMs: number; readonly signal: AbortSignal },
  work: (signal: AbortSignal) => Promise<Value>,
): Promise<Value> {
  const late = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const start = () => {
    timer = setTimeout(() => late.abort(signal.reason), graceMs);
  };
  if (signal.aborted) start();
  else signal.addEventListener('abort', start, { once: true });
  try {
    return await work(late.signal);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', start);
  }
}
