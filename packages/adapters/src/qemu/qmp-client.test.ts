import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { createQmpClient, type QmpEvent } from './qmp-client.ts';

const GREETING = { QMP: { version: { qemu: { major: 7, minor: 2, micro: 22 } }, capabilities: [] } };
const open: { destroy: () => void }[] = [];

afterEach(() => {
  for (const each of open.splice(0)) each.destroy();
});

/** Two ends of a connection: `qemu` answers by hand. */
async function connection(): Promise<{ readonly own: Socket; readonly qemu: Socket }> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const own = connect(typeof address === 'object' && address !== null ? address.port : 0, '127.0.0.1');
  const [qemu] = (await once(server, 'connection')) as [Socket];
  server.close();
  open.push(own, qemu);
  return { own, qemu };
}

const tell = (qemu: Socket, ...messages: readonly unknown[]) =>
  qemu.write(messages.map((message) => `${JSON.stringify(message)}\r\n`).join(''));

async function asked(qemu: Socket): Promise<{ readonly execute: string; readonly id: number }> {
  const [bytes] = await once(qemu, 'data');
  return JSON.parse(String(bytes));
}

async function client() {
  const events: QmpEvent[] = [];
  const { own, qemu } = await connection();
  const made = createQmpClient(own, (event) => events.push(event));
  tell(qemu, GREETING);
  const { execute, id } = await asked(qemu);
  expect(execute).toBe('qmp_capabilities');
  tell(qemu, { id, return: {} });
  return { client: await made, qemu, own, events };
}

describe('createQmpClient', () => {
  it('takes answers by their id, whatever comes between, and hands over events', async () => {
    const { client: qmp, qemu, events } = await client();
    expect(qmp.version).toBe('7.2.22');
    const first = qmp.execute('query-status');
    const one = await asked(qemu);
    const second = qmp.execute('stop');
    const two = await asked(qemu);
    tell(
      qemu,
      { event: 'RESET', data: { guest: true }, timestamp: { seconds: 1 } },
      { id: two.id, return: 'second' },
      { event: 'STOP' },
      { id: 99, return: 'to nobody' },
      { news: 'of a later version' },
      { id: one.id, return: 'first' },
    );
    expect(await Promise.all([first, second])).toEqual(['first', 'second']);
    expect(events).toEqual([
      { name: 'RESET', values: { guest: true } },
      { name: 'STOP', values: {} },
    ]);
  });

  it('says what QEMU refuses', async () => {
    const { client: qmp, qemu } = await client();
    const answer = qmp.execute('screendump', { format: 'png' });
    const { id } = await asked(qemu);
    tell(qemu, { id, error: { class: 'GenericError', desc: "Parameter 'format' is unexpected" } });
    await expect(answer).rejects.toMatchObject({
      code: 'lab.qmp',
      message: "QEMU: Parameter 'format' is unexpected",
    });
  });

  it('fails what waits, and what is asked later, when the connection ends', async () => {
    const { client: qmp, qemu } = await client();
    const answer = qmp.execute('quit');
    await asked(qemu);
    qemu.destroy();
    await expect(answer).rejects.toMatchObject({ code: 'lab.qmp' });
    await expect(qmp.execute('quit')).rejects.toMatchObject({ code: 'lab.qmp' });
  });

  it.each([
    ['no JSON', 'SSH-2.0-OpenSSH\n', 'no JSON'],
    ['a message without end', 'x'.repeat(1024 * 1024 + 1), 'too long'],
  ])('does not wait for a greeting of something that sends %s', async (_, text, because) => {
    const { own, qemu } = await connection();
    const made = createQmpClient(own, () => undefined);
    qemu.write(text);
    await expect(made).rejects.toMatchObject({ message: expect.stringContaining(because) });
  });
});
