import { once } from 'node:events';
import { describe, expect, it, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import type { FrameFault } from '../servers/leviathan/frame-fault.ts';
import type { HttpFault } from '../servers/leviathan/http-fault.ts';
import { startLeviathanCore } from '../servers/leviathan/start-leviathan-core.ts';
import { startLeviathanWorker } from '../servers/leviathan/start-leviathan-worker.ts';

async function startCore() {
  const core = await startLeviathanCore();
  onTestFinished(() => core.close());
  const connect = () => {
    const socket = new WebSocket(`${core.url.replace('http', 'ws')}/start`);
    const messages: string[] = [];
    socket.on('error', () => {});
    socket.on('message', (message) => messages.push(message.toString()));
    onTestFinished(() => socket.terminate());
    return { socket, messages, closed: once(socket, 'close') };
  };
  return { core, connect };
}

async function startRig() {
  const rig = await startLeviathanWorker();
  onTestFinished(() => rig.close());
  return rig;
}

/** What became of a request: its status and text, or `failed`. */
async function outcomeOf(url: string): Promise<string> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(10_000) });
    return `${response.status} ${await response.text()}`;
  } catch {
    return 'failed';
  }
}

describe('the doubles fail as told', () => {
  it.each<[HttpFault, string, 'IDLE' | 'BUSY']>([
    [{ kind: 'answer', status: 502, body: '<html>' }, '502 <html>', 'IDLE'],
    [{ kind: 'cut' }, 'failed', 'IDLE'],
    [{ kind: 'cut-after-doing' }, 'failed', 'BUSY'],
    [{ kind: 'truncate', bytes: 1 }, 'failed', 'BUSY'],
    [{ kind: 'wait', until: Promise.resolve() }, '200 OK', 'BUSY'],
  ])('a request with %o', async (fault, outcome, state) => {
    const rig = await startRig();
    rig.fail({ path: /^\/start$/, fault });

    expect(await outcomeOf(`${rig.url}/start`)).toBe(outcome);
    expect(rig.state()).toBe(state);
  });

  it.each<[FrameFault, number]>([
    [{ kind: 'cut-before' }, 1006],
    [{ kind: 'close-before' }, 1005],
  ])('a frame with %o', async (fault, code) => {
    const { core, connect } = await startCore();
    core.disturb({ type: 'upload', fault });
    const { messages, closed } = connect();

    expect(await closed).toContain(code);
    expect(messages).toEqual([]);
  });

  it('cuts after a frame, too', async () => {
    const { core, connect } = await startCore();
    core.disturb({ type: 'upload', fault: { kind: 'cut-after' } });
    const { messages, closed } = connect();

    expect(await closed).toContain(1006);
    expect(messages).toHaveLength(1);
  });

  it('sends something else instead, or behind a frame', async () => {
    const { core, connect } = await startCore();
    core.disturb({ type: 'upload', fault: { kind: 'instead', frame: Buffer.from([0xff, 0x00]) } });
    const first = connect();
    await once(first.socket, 'message');
    first.socket.terminate();
    core.disturb({ type: 'upload', fault: { kind: 'also', frame: 'no json' } });
    const second = connect();
    await once(second.socket, 'message');
    if (second.messages.length < 2) await once(second.socket, 'message');

    expect(first.messages).toEqual([Buffer.from([0xff, 0x00]).toString()]);
    expect(second.messages.at(-1)).toBe('no json');
  });

  it('falls silent without closing, and is gone when it is killed', async () => {
    const { core, connect } = await startCore();
    core.disturb({ type: 'upload', fault: { kind: 'stall' } });
    const { messages, closed } = connect();
    await core.until(() => core.sockets().length === 1);

    await core.kill();

    expect(await closed).toContain(1006);
    expect(messages).toEqual([]);
    expect(await outcomeOf(`${core.url}/state`)).toBe('failed');
  });
});
