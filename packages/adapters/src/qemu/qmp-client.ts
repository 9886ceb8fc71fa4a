import type { Socket } from 'node:net';
import { rigFailed } from '@osrel/core';
import { z } from 'zod';

const greeting = z.object({
  QMP: z.looseObject({
    version: z.looseObject({
      qemu: z.looseObject({ major: z.number(), minor: z.number(), micro: z.number() }),
    }),
  }),
});
const event = z.object({ event: z.string(), data: z.record(z.string(), z.unknown()).default({}) });
const reply = z.object({ id: z.number(), return: z.unknown() });
const failure = z.object({ id: z.number(), error: z.looseObject({ desc: z.string() }) });

/** More than any answer to what is asked here. */
const LONGEST_MESSAGE = 1024 * 1024;

export interface QmpEvent {
  /** `RESET`, `SHUTDOWN`, `STOP`. */
  readonly name: string;
  readonly values: Readonly<Record<string, unknown>>;
}

export interface QmpClient {
  /** Of the program: `7.2.22`. */
  readonly version: string;
  /** Gives what the command returns. Throws rig `lab.qmp` when QEMU refuses it or is gone. */
  readonly execute: (command: string, values?: Readonly<Record<string, unknown>>) => Promise<unknown>;
}

/**
 * Speaks the QEMU machine protocol over a connection: takes the greeting, leaves the negotiation, then commands by id.
 * Events are handed over in order. Throws rig `lab.qmp` when the other side ends or is no QEMU.
 */
export async function createQmpClient(
  socket: Socket,
  onEvent: (event: QmpEvent) => void,
): Promise<QmpClient> {
  const waiting = new Map<number, PromiseWithResolvers<unknown>>();
  const greeted = Promise.withResolvers<string>();
  let ended: Error | undefined;
  const fail = (because: string): void => {
    ended ??= rigFailed('lab.qmp', `QEMU's control connection: ${because}`);
    greeted.reject(ended);
    for (const each of waiting.values()) each.reject(ended);
    waiting.clear();
    socket.destroy();
  };
  const settle = (id: number, how: (answer: PromiseWithResolvers<unknown>) => void): void => {
    const answer = waiting.get(id);
    waiting.delete(id);
    if (answer !== undefined) how(answer);
  };
  const take = (raw: unknown): void => {
    const message = z.union([greeting, event, failure, reply]).safeParse(raw).data;
    // What later versions may say besides is passed over.
    if (message === undefined) return;
    if ('QMP' in message) {
      const { major, minor, micro } = message.QMP.version.qemu;
      greeted.resolve(`${major}.${minor}.${micro}`);
    } else if ('event' in message) {
      onEvent({ name: message.event, values: message.data });
    } else if ('error' in message) {
      const { desc } = message.error;
      settle(message.id, ({ reject }) => reject(rigFailed('lab.qmp', `QEMU: ${desc}`)));
    } else {
      settle(message.id, ({ resolve }) => resolve(message.return));
    }
  };
  followMessages(socket, take, fail);
  let lastId = 0;
  const execute: QmpClient['execute'] = (command, values = {}) => {
    if (ended !== undefined) return Promise.reject(ended);
    const answer = Promise.withResolvers<unknown>();
    lastId += 1;
    waiting.set(lastId, answer);
    socket.write(`${JSON.stringify({ execute: command, arguments: values, id: lastId })}\n`);
    return answer.promise;
  };
  const version = await greeted.promise;
  await execute('qmp_capabilities');
  return { version, execute };
}

/** One JSON message a line. */
function followMessages(
  socket: Socket,
  take: (message: unknown) => void,
  fail: (because: string) => void,
): void {
  let open = '';
  socket.setEncoding('utf8');
  socket.on('data', (text: string) => {
    const lines = (open + text).split('\n');
    open = lines.pop() ?? '';
    if (open.length > LONGEST_MESSAGE) return fail('a message is too long');
    for (const line of lines) {
      const message = line.trim() === '' ? undefined : parseJson(line);
      if (message === null) return fail('a message is no JSON');
      if (message !== undefined) take(message);
    }
  });
  socket.on('close', () => fail('it ended'));
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}
