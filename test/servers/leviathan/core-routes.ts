import { once } from 'node:events';
import { createGzip } from 'node:zlib';
import { pack } from 'tar-stream';
import type { CoreWorld } from './core-world.ts';
import { type HttpAnswer, jsonAnswer, textAnswer } from './http-fault.ts';

const REPORTS = ['dut-serial.txt', 'test-summary.json'];

/** What the core answers to everything but uploads and websockets (leviathan 3.1). */
export async function answerCore(world: CoreWorld, method: string, path: string): Promise<HttpAnswer> {
  if (method === 'GET' && path === '/state') return textAnswer(world.machine.get());
  if (method === 'GET' && path === '/artifacts') return packArtifacts(world.artifacts);
  if (method === 'POST' && path === '/stop') return stop(world);
  const report = /^\/reports\/([^/]+)$/.exec(path)?.[1];
  if (method === 'GET' && report !== undefined) return readReport(world, decodeURIComponent(report));
  return textAnswer(`<pre>Cannot ${method} ${path}</pre>`, 404);
}

/** A core that has forgotten its suite says OK at once and stops nothing. */
async function stop(world: CoreWorld): Promise<HttpAnswer> {
  const { suite } = world;
  if (suite !== null) {
    suite.stop();
    world.suite = null;
    await suite.exited;
  }
  return textAnswer('OK');
}

function readReport({ reports }: CoreWorld, name: string): HttpAnswer {
  const body = REPORTS.includes(name) ? reports.get(name) : undefined;
  if (body === undefined) return jsonAnswer({ message: 'Report is not available' }, 404);
  return { status: 200, type: 'text/plain', body };
}

async function packArtifacts(artifacts: ReadonlyMap<string, Buffer>): Promise<HttpAnswer> {
  const archive = pack();
  const zipped = archive.pipe(createGzip());
  const chunks: Buffer[] = [];
  zipped.on('data', (chunk: Buffer) => chunks.push(chunk));
  archive.entry({ name: '.', type: 'directory' });
  for (const name of foldersOf(artifacts)) archive.entry({ name, type: 'directory' });
  for (const [name, content] of artifacts) archive.entry({ name }, content);
  archive.finalize();
  await once(zipped, 'end');
  return { status: 200, type: null, body: Buffer.concat(chunks) };
}

function foldersOf(artifacts: ReadonlyMap<string, Buffer>): ReadonlySet<string> {
  const folders = new Set<string>();
  for (const name of artifacts.keys()) {
    const segments = name.split('/').slice(0, -1);
    for (const index of segments.keys()) folders.add(segments.slice(0, index + 1).join('/'));
  }
  return folders;
}
