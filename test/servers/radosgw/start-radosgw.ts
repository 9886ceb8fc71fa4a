import { spawn, spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const PROGRAMS = ['radosgw', 'radosgw-admin', 'ceph-mon', 'ceph-osd', 'ceph'];
const START = join(import.meta.dirname, 'start-radosgw');

/** A Debian root made by `make-debian-root`, whose radosgw runs instead of this machine's. */
const ROOT = process.env.OSREL_TEST_RGW;

export interface S3User {
  readonly accessKey: string;
  readonly secretKey: string;
}

/** A running S3 server with one user who owns buckets. */
export interface Radosgw extends S3User {
  /** URL with port, without a trailing slash; path style. */
  readonly endpoint: string;
  /** Such as `16.2.15`. */
  readonly version: string;
  /** A second user, who may do nothing in the buckets of the first. */
  readonly stranger: S3User;
  /** A third, whose buckets hold one mebibyte in all. */
  readonly full: S3User;
  readonly close: () => Promise<void>;
}

/** Why no radosgw can be started here, with what to install; undefined when one can. */
export function whyNoRadosgw(): string | undefined {
  if (ROOT !== undefined && process.getuid?.() !== 0) return 'only root can enter the folder OSREL_TEST_RGW';
  const folders =
    ROOT === undefined
      ? (process.env.PATH ?? '').split(':').filter((folder) => folder !== '')
      : [join(ROOT, 'usr/bin')];
  const missing = PROGRAMS.filter((name) => !folders.some((folder) => existsSync(join(folder, name))));
  if (missing.length === 0) return undefined;
  const remedy =
    ROOT === undefined
      ? 'apt-get install radosgw ceph-mon ceph-osd ceph-common'
      : 'test/servers/radosgw/make-debian-root';
  return `${missing.join(', ')} missing: ${remedy}`;
}

/**
 * Starts Ceph's S3 server with everything in memory: two to ten seconds, some 300 MB. It ends with `close`, and with this
 * process however it ends. Where it cannot be had says why; throws with what its daemons logged when it does not start.
 */
export async function startRadosgw(): Promise<Radosgw | { readonly skipped: string }> {
  const skipped = whyNoRadosgw();
  if (skipped !== undefined) return { skipped };
  const folder = join(tmpdir(), `osrel-radosgw-${randomUUID()}`);
  const [port, monitorPort] = await freePorts();
  const words = [folder, String(port), String(monitorPort), ...(ROOT === undefined ? [] : [ROOT])];
  const child = spawn(START, words, { stdio: ['pipe', 'pipe', 'pipe'] });
  const ended = once(child, 'close');
  const close = async (): Promise<void> => {
    child.stdin.end();
    await ended;
  };
  let said = '';
  child.stderr.on('data', (chunk) => {
    said = (said + String(chunk)).slice(-4000);
  });
  for await (const line of createInterface({ input: child.stdout })) {
    if (line !== 'ready') continue;
    const users = { ...userNamed('osrel'), stranger: userNamed('stranger'), full: userNamed('full') };
    return { endpoint: `http://127.0.0.1:${port}`, ...users, version: readVersion(), close };
  }
  await close();
  throw new Error(`radosgw does not start:\n${said}`);
}

function userNamed(name: string): S3User {
  return { accessKey: name, secretKey: `${name}secret` };
}

/** Taken from the system and given back at once: the daemons cannot be asked which port they got. */
async function freePorts(): Promise<readonly [number, number]> {
  const servers = [createServer(), createServer()];
  const ports: number[] = [];
  for (const server of servers) {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    if (address !== null && typeof address === 'object') ports.push(address.port);
  }
  for (const server of servers) {
    server.close();
    await once(server, 'close');
  }
  const [first = 0, second = 0] = ports;
  return [first, second];
}

function readVersion(): string {
  const words = ['radosgw', '--version'];
  const { stdout } = ROOT === undefined ? run(words) : run(['chroot', ROOT, ...words]);
  return /version (\d[\d.]*)/.exec(stdout)?.[1] ?? 'of unknown version';
}

function run([file = '', ...words]: readonly string[]) {
  return spawnSync(file, words, { encoding: 'utf8' });
}
