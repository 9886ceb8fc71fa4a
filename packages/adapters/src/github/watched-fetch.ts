import { type Clock, upstreamFailed } from '@osrel/core';

export interface WatchedFetchOptions {
  readonly clock: Clock;
  readonly signal?: AbortSignal;
}

interface Answer {
  readonly etag: string;
  readonly body: Uint8Array<ArrayBuffer>;
  readonly headers: Headers;
}

/** Bound on silence, not on duration: a slow answer goes on as long as something comes. */
export const SILENCE_MS = 90_000;

/** Answers kept for conditional requests; an unchanged one costs nothing of the rate limit. */
const KEPT_ANSWERS = 200;

/**
 * `fetch` for a JSON API: gives up after 90 s of silence, ends with the signal, asks for an unchanged answer only
 * whether it changed (ETag), and takes a page of a proxy for what it is. Throws upstream `github.silent`,
 * `github.not-json`; both retryable.
 */
export function createWatchedFetch({ clock, signal }: WatchedFetchOptions): typeof fetch {
  const kept = new Map<string, Answer>();
  return async (input, init = {}) => {
    const url = input instanceof Request ? input.url : `${input}`;
    const known = (init.method ?? 'GET') === 'GET' ? kept.get(url) : undefined;
    const headers = new Headers(init.headers);
    if (known !== undefined) headers.set('if-none-match', known.etag);
    const { status, headers: received, body } = await receive(url, { ...init, headers }, { clock, signal });
    if (status === 304 && known !== undefined) return new Response(known.body, { headers: known.headers });
    refusePage(status, received);
    const etag = received.get('etag');
    if (status === 200 && etag !== null && (init.method ?? 'GET') === 'GET') {
      kept.delete(url);
      kept.set(url, { etag, body, headers: received });
      const [oldest] = kept.keys();
      if (kept.size > KEPT_ANSWERS && oldest !== undefined) kept.delete(oldest);
    }
    // These statuses may not have a body, not even an empty one.
    return new Response([204, 304].includes(status) ? null : body, { status, headers: received });
  };
}

async function receive(
  url: string,
  init: RequestInit,
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal | undefined },
): Promise<{ status: number; headers: Headers; body: Uint8Array<ArrayBuffer> }> {
  const silent = new AbortController();
  const watch = watchSilence(clock, () => silent.abort(silence(url)));
  const signals = [silent.signal, ...[signal, init.signal].filter((each) => each != null)];
  try {
    const response = await fetch(url, { ...init, signal: AbortSignal.any(signals) });
    const chunks: Uint8Array[] = [];
    for await (const chunk of response.body ?? []) {
      watch.heard();
      chunks.push(chunk);
    }
    return { status: response.status, headers: response.headers, body: joined(chunks) };
  } finally {
    watch.end();
  }
}

function joined(chunks: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.concat(chunks));
}

function watchSilence(clock: Clock, onSilence: () => void) {
  let current = new AbortController();
  const begin = (): void => {
    const own = new AbortController();
    current = own;
    // Rejects when it is called off, which is what mostly happens.
    clock.sleep(SILENCE_MS, own.signal).then(onSilence, () => {});
  };
  begin();
  return {
    heard: () => {
      current.abort();
      begin();
    },
    end: () => current.abort(),
  };
}

function refusePage(status: number, headers: Headers): void {
  if (status < 200 || status > 299 || status === 204) return;
  const type = headers.get('content-type') ?? 'nothing';
  if (/^application\/([a-z.+-]+\+)?json\b/i.test(type)) return;
  throw upstreamFailed('github.not-json', `GitHub's API answered ${status} with ${type} instead of JSON`, {
    hint: 'something between here and GitHub answers in its place: look at the proxy settings and at github.api in osrel.yml',
    retryable: true,
  });
}

function silence(url: string) {
  return upstreamFailed('github.silent', `${new URL(url).host} said nothing for ${SILENCE_MS / 1_000} s`, {
    hint: 'look at https://www.githubstatus.com and at the network, then run the command again',
    retryable: true,
  });
}
