import { createHash } from 'node:crypto';
import { type ClientRequest, type IncomingMessage, request as openHttp } from 'node:http';
import { request as openHttps } from 'node:https';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { type Clock, type OsrelError, rigFailed } from '@osrel/core';
import type { UploadFrame } from './core-frames.ts';
import { type ArtifactContent, packArtifact } from './pack-artifact.ts';
import { createWatchdog } from './watchdog.ts';

export interface UploadRequest {
  /** Address of the core, without a slash at the end. */
  readonly coreUrl: string;
  /** What the core asked for. */
  readonly frame: Pick<UploadFrame, 'id' | 'name' | 'token'>;
  readonly content: ArtifactContent;
  readonly clock: Clock;
  /** Milliseconds without a byte in either direction after which the upload has stalled. */
  readonly silenceMs: number;
  readonly signal: AbortSignal;
  /** Whole per cent of the content, each once. */
  readonly onPercent: (percent: number) => void;
}

/** `refused`: the core did not take it and asks anew: the token was not valid any more, or it could not be unpacked. */
export type UploadOutcome = 'cached' | 'sent' | 'refused';

/** The upload was cut or answered with an error; the core may have taken it or not. */
export class UploadFailure extends Error {
  override readonly name = 'UploadFailure';
}

const LONGEST_ANSWER = 4096;

/**
 * Sends what a core asked for (leviathan 3.3): first the digest, and the bytes only when the core does not have them.
 * Throws UploadFailure, rig `lab.upload-stalled`, integrity `lab.sent-other-bytes`, what reading the content failed with,
 * and the signal's reason.
 */
export async function uploadArtifact(request: UploadRequest): Promise<UploadOutcome> {
  const { clock, silenceMs, signal, frame, coreUrl } = request;
  signal.throwIfAborted();
  const stalled = new AbortController();
  const watchdog = createWatchdog(clock, silenceMs);
  watchdog.expired.then(() => stalled.abort(uploadStalled(frame.name, coreUrl, silenceMs)));
  const stop = AbortSignal.any([signal, stalled.signal]);
  try {
    return await converse({ ...request, signal: stop }, watchdog.touch);
  } catch (error) {
    throw stop.aborted ? stop.reason : error;
  } finally {
    watchdog.stop();
  }
}

function uploadStalled(name: string, coreUrl: string, silenceMs: number): OsrelError {
  return rigFailed(
    'lab.upload-stalled',
    `the upload of ${name} to core ${coreUrl} stalled: no byte for ${silenceMs / 1000} s`,
    { hint: "check the core's log and the free space of its /data" },
  );
}

async function converse(request: UploadRequest, touch: () => void): Promise<UploadOutcome> {
  const { coreUrl, frame, content, signal } = request;
  const url = new URL(`${coreUrl}/upload`);
  const open = url.protocol === 'https:' ? openHttps : openHttp;
  const sent = open(url, {
    method: 'POST',
    headers: {
      'x-token': frame.token,
      'x-artifact': frame.name,
      'x-artifact-id': frame.id,
      'x-artifact-hash': digestOf(content),
      'transfer-encoding': 'chunked',
      connection: 'close',
    },
    signal,
  });
  try {
    const reply = await replyTo(sent);
    touch();
    return await send(request, { sent, reply, touch });
  } finally {
    sent.destroy();
  }
}

function replyTo(sent: ClientRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    sent.on('error', (cause) => reject(new UploadFailure(`the upload failed: ${cause.message}`, { cause })));
    sent.on('response', resolve);
    sent.flushHeaders();
  });
}

interface Exchange {
  readonly sent: ClientRequest;
  readonly reply: IncomingMessage;
  readonly touch: () => void;
}

async function send(request: UploadRequest, { sent, reply, touch }: Exchange): Promise<UploadOutcome> {
  if (reply.statusCode === undefined || reply.statusCode >= 300)
    throw new UploadFailure(`the core answered the upload with ${reply.statusCode}`);
  let answer = '';
  let sending: Promise<unknown> | undefined;
  const unsendable = Promise.withResolvers<never>();
  const read = async (): Promise<UploadOutcome> => {
    for await (const chunk of reply) {
      touch();
      answer = `${answer}${String(chunk)}`.slice(-LONGEST_ANSWER);
      if (answer.includes('upload: cache')) return 'cached';
      if (answer.includes('upload: done')) return 'sent';
      if (answer.includes('error: ')) throw new UploadFailure(`the core refused the upload: ${answer}`);
      if (sending === undefined && answer.includes('upload: start')) {
        sending = sendContent(request, sent, touch);
        sending.catch((error: unknown) => unsendable.reject(error));
      }
    }
    return 'refused';
  };
  const reading = read().catch((cause: unknown) => {
    if (cause instanceof UploadFailure) throw cause;
    throw new UploadFailure(`the upload was cut: ${String(cause)}`, { cause });
  });
  return await Promise.race([reading, unsendable.promise]);
}

/** Rejects only for what is wrong with the content: a connection that fails is seen by whoever reads the answer. */
async function sendContent(request: UploadRequest, sent: ClientRequest, touch: () => void): Promise<void> {
  const { coreUrl, frame, content, onPercent } = request;
  const { tar, sizeBytes, failure } = packArtifact(frame.name, content);
  try {
    await pipeline(
      Readable.from(tar),
      countBytes(sizeBytes, touch, onPercent),
      createGzip({ level: levelFor(coreUrl) }),
      sent,
    );
  } catch {
    const unreadable = failure();
    if (unreadable !== undefined) throw unreadable.error;
  }
}

function countBytes(sizeBytes: number | null, touch: () => void, onPercent: (percent: number) => void) {
  let sentBytes = 0;
  let told = -1;
  return async function* count(chunks: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
    for await (const chunk of chunks) {
      yield chunk;
      touch();
      sentBytes += chunk.length;
      const percent = sizeBytes ? Math.min(100, Math.floor((sentBytes / sizeBytes) * 100)) : 0;
      if (percent > told) onPercent(percent);
      told = Math.max(told, percent);
    }
  };
}

/**
 * What the core compares with what it has. Its digest of a folder leaves out the names, so that a renamed file would be
 * run under its old one: folders are small, and always sent.
 */
function digestOf(content: ArtifactContent): string {
  switch (content.kind) {
    case 'file':
      return content.file.md5;
    case 'folder':
      return `always-sent-${content.md5}`;
    case 'text':
      return createHash('md5').update(content.text).digest('hex');
  }
}

/** The disk image is compressed already; on this machine the rest is not worth it either. */
function levelFor(coreUrl: string): number {
  const { hostname } = new URL(coreUrl);
  return hostname === 'localhost' || hostname === '[::1]' || hostname.startsWith('127.') ? 0 : 1;
}
