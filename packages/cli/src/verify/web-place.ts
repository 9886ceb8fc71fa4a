import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { notPermitted, OsrelError, upstreamFailed } from '@osrel/core';
import type { VersionPlace } from './version-place.ts';

const ATTEMPTS = 3;
/** For the head of an answer; a large body may take as long as it takes. */
const HEAD_TIMEOUT_MS = 30_000;
const TEXT_LIMIT_BYTES = 64 * 1024 * 1024;

/** A version's folder on a web server; it cannot be listed. */
export function openWebPlace(address: string): VersionPlace {
  // A version such as 6.5.1+rev2 is a key with a plus sign, and S3 reads a bare one in an address as a blank.
  const base = `${address}${address.endsWith('/') ? '' : '/'}`.replaceAll('+', '%2B');
  const urlOf = (name: string) => new URL(name.split('/').map(encodeURIComponent).join('/'), base);
  return {
    name: address,
    canList: false,
    list: async () => [],
    findText: (name) => again(() => readText(urlOf(name))),
    findDigest: (name, signal) => again(() => readDigest(urlOf(name), signal)),
  };
}

async function readText(url: URL): Promise<string | undefined> {
  const body = await open(url);
  if (body === undefined) return undefined;
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const chunk of body) {
    sizeBytes += chunk.length;
    if (sizeBytes > TEXT_LIMIT_BYTES)
      throw upstreamFailed('verify.too-large', `${url.href} is larger than a manifest can be`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

async function readDigest(url: URL, signal: AbortSignal) {
  const body = await open(url, signal);
  if (body === undefined) return undefined;
  const hash = createHash('sha256');
  let sizeBytes = 0;
  for await (const chunk of body) {
    hash.update(chunk);
    sizeBytes += chunk.length;
  }
  return { sizeBytes, sha256: hash.digest('hex') };
}

/** The body of a good answer; undefined for 404. */
async function open(url: URL, signal?: AbortSignal): Promise<AsyncIterable<Uint8Array> | undefined> {
  const late = new AbortController();
  const timer = setTimeout(
    () => late.abort(new Error(`no answer within ${HEAD_TIMEOUT_MS / 1000} s`)),
    HEAD_TIMEOUT_MS,
  );
  try {
    const signals = signal === undefined ? [late.signal] : [late.signal, signal];
    const answer = await fetch(url, { signal: AbortSignal.any(signals) });
    if (answer.ok && answer.body !== null) return answer.body;
    await answer.body?.cancel();
    if (answer.status === 404 || answer.status === 410) return undefined;
    if (answer.status === 401 || answer.status === 403)
      throw notPermitted('verify.forbidden', `${url.href} answers ${answer.status}`);
    const retryable = answer.status >= 500 || answer.status === 429;
    throw upstreamFailed('verify.unavailable', `${url.href} answers ${answer.status}`, { retryable });
  } finally {
    clearTimeout(timer);
  }
}

async function again<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      const known = error instanceof OsrelError ? error : unreachable(error);
      if (!known.retryable || attempt === ATTEMPTS) throw known;
      await sleep(500 * attempt);
    }
  }
}

function unreachable(error: unknown): OsrelError {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const reason = cause instanceof Error ? cause.message : String(cause);
  return upstreamFailed('verify.unreachable', `the server cannot be reached: ${reason}`, {
    retryable: true,
    cause: error,
  });
}
