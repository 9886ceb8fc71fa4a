import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, realpath, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { LeviathanConfig, SuiteProgress, SuiteRequest } from '@osrel/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runProgram } from '../execa/run-program.ts';
import type { DrivenSuite, DriveRequest } from './drive-natively.ts';
import type { HeldRig } from './leviathan-parts.ts';
import { createStockClient } from './run-stock-client.ts';
import { handClock, leviathanAccount, leviathanConfig, notedFollower, suiteRequest } from './test-inputs.ts';

const CLIENT = fileURLToPath(new URL('stock-client/test-stand-in-client.ts', import.meta.url));
const KEY = 'the-secret-key';

let directory = '';
let core: Asked;
let rig: Asked;
beforeEach(async () => {
  directory = await realpath(await mkdtemp(join(tmpdir(), 'osrel-client-')));
  core = await listen('IDLE');
  rig = await listen('IDLE');
});
afterEach(async () => {
  core.server.close();
  rig.server.close();
  await rm(directory, { recursive: true, force: true });
});

interface Asked {
  readonly server: Server;
  readonly url: string;
  readonly requests: readonly string[];
}

async function listen(state: string): Promise<Asked> {
  const requests: string[] = [];
  const server = createServer(({ method, url }, response) => {
    requests.push(`${method} ${url}`);
    response.end(url === '/state' ? state : 'OK');
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  return { server, requests, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

interface Stage {
  readonly config?: Partial<LeviathanConfig>;
  readonly request?: Partial<SuiteRequest>;
  readonly signal?: AbortSignal;
}

async function play(scenario: string, stage: Stage = {}) {
  const clock = handClock();
  const held: HeldRig[] = [];
  const notes: string[] = [];
  const tells: Partial<SuiteProgress>[] = [];
  const follower = notedFollower(stage.signal);
  const config = leviathanConfig({
    driver: 'client',
    client: [process.execPath, CLIENT],
    rigs: [rig.url],
    ...stage.config,
  });
  await mkdir(join(directory, 'suite'), { recursive: true });
  const drive: DriveRequest = {
    request: suiteRequest({ kernelHeaders: null, ...stage.request }),
    account: leviathanAccount(KEY),
    workspace: {
      image: { path: '/images/balena.img.gz', sizeBytes: 1, md5: '' },
      kernelHeaders: null,
      suite: { directory: join(directory, 'suite'), md5: '', revision: null },
      given: [],
    },
    place: {
      coreUrl: core.url,
      rigAddresses: null,
      rigUrlForCore: (url) => url,
      project: null,
      leave: async () => {},
    },
    directory,
    follower,
    onNote: (line) => void notes.push(line),
    tell: (change) => void tells.push(change),
    onRig: (each) => void held.push(each),
  };
  const run = createStockClient({
    config,
    root: directory,
    runProgram,
    environment: { PATH: '/usr/bin:/bin', SCENARIO: scenario, NOTES: join(directory, 'notes.json') },
    signals: { send: (pid, signal) => process.kill(pid, signal) },
    findProject: () => undefined,
    clock,
    graceMs: { cancelled: 4_000, stopped: 1e12 },
  });
  const leave = async () => {
    for (const each of held) await each.release();
  };
  return { result: run(drive), clock, notes, tells, held, follower, leave };
}

const noted = async () => JSON.parse(await readFile(join(directory, 'notes.json'), 'utf8'));
const textOf = (path: string | null): Promise<string> => readFile(path ?? 'no such file', 'utf8');

async function endingOf(
  scenario: string,
): Promise<Pick<DrivenSuite, 'place' | 'isGiven'> & { ending: unknown }> {
  const { result, leave } = await play(scenario);
  const { trace, place, isGiven } = await result;
  await leave();
  return { ending: trace.ending, place, isGiven };
}

describe('a suite by the stock client', () => {
  it('becomes a trace of what the client left', async () => {
    const { result, tells, held, follower, leave } = await play('pass');
    const { trace, ...rest } = await result;
    await leave();
    expect(rest).toEqual({
      rig: { id: rig.url, kind: 'testbot', name: null },
      place: 'clean',
      judgedBytes: null,
      isGiven: true,
    });
    expect(trace.ending).toEqual({ kind: 'reported', success: true, exitCode: null });
    expect(await textOf(trace.log)).toContain('ok 1 - A suite');
    expect(await textOf(trace.serial)).toBe('login:\n');
    expect(await textOf(trace.artifacts)).toBe('an archive');
    expect(JSON.parse(await textOf(trace.summary))).toMatchObject({ stats: { ran: 1 } });
    expect(held).toHaveLength(1);
    // It was freed by the suite, and may be somebody else's by now.
    expect(rig.requests).toEqual(['GET /state', 'GET /start']);
    expect(follower.lines).toContain('Test suite has exited with: PASS');
    expect(tells).toContainEqual({ activity: 'uploading', percent: 50 });
    expect(tells).toContainEqual(expect.objectContaining({ activity: 'testing', passed: 1 }));
  });

  it('gets the key in a file that is private and removed, and nothing of it elsewhere from us', async () => {
    const { result, notes } = await play('pass', { request: { secureBoot: true } });
    await result;
    const seen = await noted();
    expect(seen.mode).toBe('600');
    expect(seen.config.config.balenaApiKey).toBe(KEY);
    expect(JSON.stringify([seen.argv, seen.variables])).not.toContain(KEY);
    expect(existsSync(seen.argv[seen.argv.indexOf('-c') + 1])).toBe(false);
    expect(notes.join()).toContain('shows the API key on the command line of its child');
    expect(seen.variables).toMatchObject({
      CORE_HOST: '127.0.0.1',
      CORE_PORT: new URL(core.url).port,
      FLASHER_SECUREBOOT: '1',
    });
    expect(seen.folder).toMatch(/stock-client\/start$/);
    expect(seen.config).toMatchObject({
      image: '/images/balena.img.gz',
      kernelHeaders: join(directory, 'stock-client/empty'),
      workers: [rig.url],
      suite: join(directory, 'suite'),
    });
  });

  it('is offered fleets where no rig is named, and an idle rig that did not fail it where several are', async () => {
    await (await play('bad-schema', { config: { rigs: [] } })).result.catch(() => {});
    expect((await noted()).config.workers).toEqual({
      balenaApplication: ['balena/testbot-rig', 'balena/testbot-rig-x86'],
      apiKey: KEY,
    });
    const [busy, other] = [await listen('BUSY'), await listen('IDLE')];
    await rm(join(directory, 'stock-client'), { recursive: true });
    const stage = { config: { rigs: [rig.url, busy.url, other.url] }, request: { avoidRigs: [rig.url] } };
    await (await play('bad-schema', stage)).result.catch(() => {});
    expect((await noted()).config.workers).toEqual([other.url]);
    busy.server.close();
    other.server.close();
  });

  it('needs a client that is named or in a compose project', async () => {
    const { result } = await play('pass', { config: { client: [] } });
    await expect(result).rejects.toMatchObject({ kind: 'config', code: 'lab.no-client' });
  });
});

describe('a suite that ends badly', () => {
  it('has failed when the core says so, and keeps a summary that is cut for whoever reads it', async () => {
    const { result, leave } = await play('fail');
    const { trace, place } = await result;
    expect([trace.ending, place]).toEqual([{ kind: 'reported', success: false, exitCode: null }, 'clean']);
    expect(await textOf(trace.summary)).toMatch(/^\[\{"suite":"A suite"/);
    // The suite did not free it.
    await leave();
    expect(rig.requests.at(-1)).toBe('POST /teardown');
  });

  it('is never passed by exit code 0', async () => {
    const { result, notes } = await play('cut');
    const { trace, place } = await result;
    expect(trace.ending).toMatchObject({ kind: 'cut', because: expect.stringContaining('exit code 0') });
    expect([trace.summary, place]).toEqual([null, 'spoiled']);
    expect(notes.join()).toContain('no summary');
  });

  it('is told apart by what the client said', async () => {
    expect(await endingOf('core-error')).toEqual({
      ending: { kind: 'core-error', because: expect.stringContaining('Already running a suite') },
      place: 'spoiled',
      isGiven: false,
    });
    await rm(join(directory, 'stock-client'), { recursive: true });
    expect(await endingOf('rig-lost')).toMatchObject({ ending: { kind: 'rig-lost' }, place: 'spoiled' });
    await rm(join(directory, 'stock-client'), { recursive: true });
    expect(await endingOf('killed')).toMatchObject({ ending: { kind: 'killed', signalName: 'SIGKILL' } });
    expect(rig.requests.filter((request) => request === 'POST /teardown')).toHaveLength(3);
  });
});

describe('a client that does not start a suite', () => {
  const REFUSALS: Readonly<Record<string, readonly [kind: string, code: string]>> = {
    'no-workers': ['refused', 'lab.no-such-rig'],
    'bad-login': ['permission', 'lab.account-refused'],
    'bad-type': ['refused', 'lab.unknown-device-type'],
    'bad-config': ['config', 'lab.client-refused'],
    'bad-schema': ['config', 'lab.client-refused'],
    broken: ['config', 'lab.client-broken'],
    strange: ['rig', 'lab.client-failed'],
  };
  for (const [scenario, [kind, code]] of Object.entries(REFUSALS))
    it(`ends as ${code} (${scenario})`, async () => {
      const { result } = await play(scenario);
      await expect(result).rejects.toMatchObject({ kind, code });
    });

  it('is ended when it got no rig in time', async () => {
    const { result, clock, follower } = await play('busy');
    result.catch(() => {});
    await until(() => follower.lines.some((line) => line.includes('all rigs are busy')));
    clock.advance(120 * 60_000);
    await expect(result).rejects.toMatchObject({ kind: 'rig', code: 'lab.no-free-rig' });
  });
});

describe('a client that is ended', () => {
  async function startTesting(scenario: string, stage: Stage = {}) {
    const played = await play(scenario, stage);
    played.result.catch(() => {});
    await until(() => played.follower.lines.includes('not ok 1 - A suite'));
    return played;
  }

  it('for its silence gets time to clean up, and what it claims then does not count', async () => {
    const { result, clock, follower } = await startTesting('long', { request: { timeoutMs: 1e12 } });
    // The watch counts in ticks: the time moves in small steps until the client was asked to end.
    await until(() => {
      clock.advance(60_000);
      return follower.lines.some((line) => line.startsWith('Test suite has exited'));
    });
    const { trace, place } = await result;
    expect(trace.ending).toEqual({ kind: 'silent', afterMs: 1_800_000 });
    expect(place).toBe('clean');
    expect(await textOf(trace.log)).toContain('A suite');
  });

  it('for its time says so', async () => {
    const { result, clock } = await startTesting('long', { request: { timeoutMs: 1000 } });
    clock.advance(1000);
    expect((await result).trace.ending).toEqual({ kind: 'timed-out', afterMs: 1000 });
  });

  it('by a cancellation leaves rig and core free', async () => {
    const stop = new AbortController();
    const { result, leave } = await startTesting('long', { signal: stop.signal });
    const reason = new Error('enough');
    stop.abort(reason);
    await expect(result).rejects.toMatchObject({ name: 'CoreRunFailure', place: 'clean', cause: reason });
    await leave();
    expect(rig.requests.at(-1)).toBe('POST /teardown');
    expect(existsSync(join(directory, 'stock-client/workspace/config.json'))).toBe(false);
  });

  it('and does not obey is killed, and the core is told instead', async () => {
    const stop = new AbortController();
    const { result, clock } = await startTesting('stuck', { signal: stop.signal });
    stop.abort(new Error('enough'));
    clock.advance(4_000);
    await expect(result).rejects.toMatchObject({ name: 'CoreRunFailure', place: 'clean' });
    expect(core.requests.at(-1)).toBe('POST /stop');
  });
});

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 5));
}
