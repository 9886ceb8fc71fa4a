import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const START = join(import.meta.dirname, 'start-real-core');
const CHECKOUT = process.env.OSREL_TEST_LEVIATHAN;

/** Why no real core can be started here; undefined when one can. */
export function whyNoRealCore(): string | undefined {
  if (CHECKOUT === undefined) return 'OSREL_TEST_LEVIATHAN names no checkout of Leviathan';
  if (!existsSync(join(CHECKOUT, 'core/node_modules/tap'))) {
    return `the dependencies of ${join(CHECKOUT, 'core')} are not installed`;
  }
  return process.getuid?.() === 0 ? undefined : 'only root can start it in a mount namespace';
}

export interface RealCore {
  /** `http://127.0.0.1:<port>`. */
  readonly url: string;
  close(): Promise<void>;
}

/** Starts the real core; `folder`, which must not be there yet, takes its files. */
export async function startRealCore(folder: string): Promise<RealCore> {
  const port = await freePort();
  const core = spawn(START, [CHECKOUT ?? '', String(port), folder], { stdio: ['pipe', 'pipe', 'pipe'] });
  const exited = once(core, 'exit');
  const errors: string[] = [];
  core.stderr.on('data', (text) => errors.push(String(text)));
  const lines = createInterface(core.stdout)[Symbol.asyncIterator]();
  const { value } = await lines.next();
  if (value !== 'ready') throw new Error(`the real core did not start: ${errors.join('')}`);
  return {
    url: `http://127.0.0.1:${port}`,
    close: async () => {
      core.stdin.end();
      await exited;
    },
  };
}

/** The core only takes a number. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
