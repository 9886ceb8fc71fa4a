import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { rigFailed } from '@osrel/core';

/** Bytes of a path that every system takes for a socket (sun_path, macOS). */
const LONGEST_PATH = 103;

export interface AwaitedSocket {
  /** The first connection; pending as long as there is none, also for ever. */
  readonly connection: Promise<Socket>;
  /** Ends the connection and takes no other. */
  readonly close: () => void;
}

/**
 * Listens at the path of a unix socket for one connection: QEMU connects before its machine runs, so that nothing the
 * machine says is lost. Throws rig `lab.long-path` for a path that no socket can have.
 */
export async function openSocket(path: string): Promise<AwaitedSocket> {
  if (Buffer.byteLength(path) > LONGEST_PATH) {
    throw rigFailed('lab.long-path', `${path} is too long for a socket`, {
      hint: 'set TMPDIR to a folder with a short path',
    });
  }
  const connected = Promise.withResolvers<Socket>();
  const server = createServer((socket) => {
    // How the other side ended is told by how its process ended.
    socket.on('error', () => socket.destroy());
    connected.resolve(socket);
    server.close();
  });
  server.listen(path);
  await once(server, 'listening');
  let open: Socket | undefined;
  connected.promise.then((socket) => {
    open = socket;
  });
  return {
    connection: connected.promise,
    close: () => {
      server.close();
      open?.destroy();
    },
  };
}
