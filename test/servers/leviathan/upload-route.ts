import type { IncomingMessage } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { extract } from 'tar-stream';
import { digestArtifact } from './artifact-digest.ts';
import { type CoreUpload, type CoreWorld, UPLOADS } from './core-world.ts';
import { cut, type HttpExchange, type HttpFault } from './http-fault.ts';

/** `POST /upload`: always 202, and what became of it in the body (leviathan 3.3). */
export async function answerUpload(
  world: CoreWorld,
  { request, response }: HttpExchange,
  fault: HttpFault | undefined,
): Promise<void> {
  if (fault?.kind === 'wait') await fault.until;
  const isMuted = fault?.kind === 'silence-after-doing' || fault?.kind === 'cut-after-doing';
  world.machine.set('BUSY');
  world.asked.again = false;
  if (!isMuted) response.writeHead(202, { 'content-type': 'text/event-stream', connection: 'keep-alive' });
  const entries: string[] = [];
  let outcome: CoreUpload['outcome'] = 'broken';
  try {
    outcome = await receive(world, request, {
      entries,
      say: (text) => void (isMuted || response.write(text)),
    });
  } catch {
    // As the real core: the stream ends without a word, and the artifact is asked for again.
  } finally {
    note(world, request, { entries, outcome });
    if (fault?.kind === 'cut-after-doing') cut(request);
    if (!isMuted) response.end();
  }
}

interface Receiving {
  readonly entries: string[];
  readonly say: (text: string) => void;
}

async function receive(
  world: CoreWorld,
  request: IncomingMessage,
  { entries, say }: Receiving,
): Promise<CoreUpload['outcome']> {
  if (tokenOf(request) !== world.asked.token) return 'unauthorized';
  const name = UPLOADS[header(request, 'x-artifact-id') as keyof typeof UPLOADS];
  if (digestArtifact(world.files, name) === header(request, 'x-artifact-hash')) {
    say('upload: cache');
    return 'cache';
  }
  say('upload: start');
  for (const path of world.files.keys()) {
    if (path === name || path.startsWith(`${name}/`)) world.files.delete(path);
  }
  await unpack(world.files, request, entries);
  say('upload: done');
  return 'done';
}

/** The core extracts whatever the archive holds straight into /data. */
async function unpack(
  files: Map<string, Buffer>,
  request: IncomingMessage,
  entries: string[],
): Promise<void> {
  const archive = extract();
  archive.on('entry', (entry, stream, next) => {
    const chunks: Buffer[] = [];
    stream.on('data', (chunk) => void chunks.push(chunk as Buffer));
    stream.on('end', () => {
      entries.push(entry.name);
      if (entry.type !== 'directory') files.set(entry.name, Buffer.concat(chunks));
      next();
    });
  });
  await pipeline(request, createGunzip(), archive);
}

function note(
  world: CoreWorld,
  request: IncomingMessage,
  { entries, outcome }: Pick<CoreUpload, 'entries' | 'outcome'>,
): void {
  world.uploads.push({
    id: header(request, 'x-artifact-id'),
    name: header(request, 'x-artifact'),
    hash: header(request, 'x-artifact-hash'),
    token: tokenOf(request),
    attempt: world.asked.attempt,
    outcome,
    entries,
  });
  world.asked.success = outcome === 'done' || outcome === 'cache';
  world.asked.token = undefined;
  world.changed();
}

const header = (request: IncomingMessage, name: string) => String(request.headers[name] ?? '');

const tokenOf = (request: IncomingMessage) => Number.parseFloat(header(request, 'x-token'));
