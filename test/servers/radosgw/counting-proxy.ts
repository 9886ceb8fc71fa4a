import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/** A way to a server on which every byte is counted and which can be cut. */
export interface CountingProxy {
  /** URL that leads to the server. */
  readonly endpoint: string;
  /** Bytes that clients have sent to the server so far, headers included. */
  sentBytes(): number;
  /** Resolves when at least so many bytes were sent, at once when they were sent already. */
  whenSent(bytes: number): Promise<void>;
  close(): Promise<void>;
}

/** Listens on a port of its own and passes everything on; `endpoint` is a URL with host and port. */
export async function startCountingProxy(endpoint: string): Promise<CountingProxy> {
  const { hostname, port } = new URL(endpoint);
  const sockets = new Set<Socket>();
  let sent = 0;
  let waiting: readonly { readonly bytes: number; readonly wake: () => void }[] = [];
  const count = (bytes: number): void => {
    sent += bytes;
    for (const waiter of waiting.filter((each) => each.bytes <= sent)) waiter.wake();
    waiting = waiting.filter((each) => each.bytes > sent);
  };
  const server = createServer((client) => {
    const upstream = connect(Number(port), hostname);
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(one);
      one.on('error', () => other.destroy());
      one.on('close', () => {
        sockets.delete(one);
        other.destroy();
      });
    }
    client.on('data', (chunk) => count(chunk.length));
    client.pipe(upstream);
    upstream.pipe(client);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const own = address !== null && typeof address === 'object' ? address.port : 0;
  return {
    endpoint: `http://127.0.0.1:${own}`,
    sentBytes: () => sent,
    whenSent: (bytes) =>
      new Promise((wake) => {
        if (sent >= bytes) wake();
        else waiting = [...waiting, { bytes, wake }];
      }),
    close: async () => {
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, 'close');
    },
  };
}
