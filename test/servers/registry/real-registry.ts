import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';

/** Whether a program of that name is on the PATH. */
export function hasProgram(name: string): boolean {
  try {
    execFileSync('sh', ['-c', 'command -v "$1"', 'sh', name], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** Whether docker has an engine that answers; it takes images of registries on loopback without TLS. */
export function hasDockerEngine(): boolean {
  try {
    execFileSync('docker', ['info'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

export interface RealRegistry {
  readonly url: string;
  readonly host: string;
  readonly close: () => Promise<void>;
}

/**
 * Starts docker's own registry program (apt package `docker-registry`) on a free port of 127.0.0.1, with its content
 * below the folder.
 */
export async function startRealRegistry(folder: string): Promise<RealRegistry> {
  const port = await findFreePort();
  const host = `127.0.0.1:${port}`;
  const config = {
    version: 0.1,
    log: { level: 'info', accesslog: { disabled: true } },
    storage: { filesystem: { rootdirectory: join(folder, 'registry') }, delete: { enabled: true } },
    http: { addr: host, secret: 'shared by its processes' },
  };
  const file = join(folder, 'registry.yml');
  // JSON is YAML.
  await writeFile(file, JSON.stringify(config));
  const server = spawn('docker-registry', ['serve', file], { stdio: ['ignore', 'ignore', 'pipe'] });
  const ended = once(server, 'exit');
  let said = '';
  for await (const chunk of server.stderr.iterator({ destroyOnReturn: false })) {
    said += String(chunk);
    if (said.includes('listening on')) break;
  }
  // Nobody reads on; a full pipe would stop it.
  server.stderr.resume();
  if (!said.includes('listening on')) throw new Error(`docker-registry did not start: ${said}`);
  return {
    url: `http://${host}`,
    host,
    close: async () => {
      server.kill('SIGTERM');
      await ended;
    },
  };
}

async function findFreePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port was given');
  return address.port;
}
