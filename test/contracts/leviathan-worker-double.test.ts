import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { startLeviathanWorker } from '../servers/leviathan/start-leviathan-worker.ts';

const exchangeSchema = z.object({
  request: z.object({
    method: z.string(),
    path: z.string(),
    headers: z.record(z.string(), z.union([z.string(), z.number()])).optional(),
    body: z.string().optional(),
  }),
  answer: z.object({ status: z.number(), type: z.string().nullable(), body: z.string() }),
});

type Exchange = z.infer<typeof exchangeSchema>;

function readExchanges(): readonly Exchange[] {
  const lines = readFileSync(new URL('../fixtures/leviathan/worker-api.jsonl', import.meta.url), 'utf8');
  return z.array(exchangeSchema).parse(
    lines
      .trimEnd()
      .split('\n')
      .slice(1)
      .map((line) => JSON.parse(line)),
  );
}

it('answers as the real worker did, one request after the other', async () => {
  // What the recorded worker did by itself: it had no serial log at first, and its second flashing failed.
  let serial: string | null = null;
  const rig = await startLeviathanWorker({
    flash: ['DONE', 'ERROR'],
    get serial() {
      return serial;
    },
  });
  onTestFinished(() => rig.close());

  for (const { request: asked, answer } of readExchanges()) {
    if (asked.path === '/proxy') serial = 'scripted serial log\n';
    const received = await ask(rig.url, asked);
    expect({ asked: `${asked.method} ${asked.path}`, ...comparable(received) }).toEqual({
      asked: `${asked.method} ${asked.path}`,
      ...comparable(answer),
    });
  }
});

it('frees itself when nobody sends a heartbeat any more', async () => {
  let runOut = () => {};
  const rig = await startLeviathanWorker({
    timer: {
      start: (callback, milliseconds) => {
        expect(milliseconds).toBe(300_000);
        runOut = callback;
        return () => {};
      },
    },
  });
  onTestFinished(() => rig.close());
  await fetch(`${rig.url}/start`);

  runOut();

  expect(rig.state()).toBe('IDLE');
  expect(await (await fetch(`${rig.url}/start`)).text()).toBe('OK');
});

/** Pages of the real framework are told by their kind alone. */
function comparable({ status, type, body }: Exchange['answer']): object {
  return body.startsWith('<') ? { status, type } : { status, type, body };
}

async function ask(url: string, { method, path, headers = {}, body }: Exchange['request']) {
  return await new Promise<Exchange['answer']>((resolve, reject) => {
    const call = request(url + path, { method, headers, agent: false }, async (response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of response) chunks.push(chunk as Buffer);
      resolve({
        status: response.statusCode ?? 0,
        type: response.headers['content-type'] ?? null,
        body: Buffer.concat(chunks).toString('utf8'),
      });
    });
    call.on('error', reject);
    call.end(body);
  });
}
