import { I1, I2, I3, I4, I6, I7, I8, I9, I10, type Step } from './invariants.ts';
import { type RemoteMachine, secretsOf } from './remote-machine.ts';
import { isWrite, type RemoteServers } from './remote-servers.ts';
import { type RemoteView, viewRemoteWorld } from './view-remote-world.ts';

export interface InvariantWatch {
  /** From now on `latest` may go back. */
  allowUndo(): void;
  /** Everything that did not hold at some moment until now; nothing is as it should be. */
  findProblems(machines: readonly RemoteMachine[]): readonly string[];
}

const EACH_MOMENT: readonly ((step: Step) => readonly string[])[] = [I1, I2, I3, I4, I7, I8, I9];

/** Looks at the world after every request that may have changed it, from its beginning. */
export function watchInvariants(servers: RemoteServers): InvariantWatch {
  const problems = new Set<string>();
  const bodies: string[] = [];
  let before: RemoteView = viewRemoteWorld(servers);
  let isUndo = false;
  let isChanged = false;
  const look = () => {
    const after = viewRemoteWorld(servers);
    for (const invariant of EACH_MOMENT) {
      for (const problem of invariant({ before, after, isUndo })) problems.add(problem);
    }
    before = after;
  };
  // A request shows what those before it did.
  servers.onRequest((request) => {
    if (isChanged) look();
    isChanged ||= isWrite(request);
  });
  servers.balena.onRequest((_, body) => void bodies.push(body.toString()));
  return {
    allowUndo: () => {
      isUndo = true;
    },
    findProblems(machines) {
      look();
      const puts = servers.s3.log.filter(({ operation }) => operation === 'PutObject');
      const told = machines.flatMap(({ said, journals }) => [
        ...said,
        ...[...journals.values()].flatMap(({ lines }) => lines),
      ]);
      return [
        ...problems,
        ...I6(puts),
        ...I10([...bodies, ...told, ...textsOf(servers)], secretsOf(servers)),
        // A presigned address is a secret of the machine that asked for it.
        ...I10(told, ['X-Amz-Signature=', 'Bearer ']),
      ];
    },
  };
}

function* textsOf(servers: RemoteServers): Iterable<string> {
  for (const { method, path } of servers.requests) yield `${method} ${path}`;
  for (const [key, { bytes, metadata }] of servers.s3.world.objects) {
    yield `${key} ${JSON.stringify(metadata)} ${bytes.toString('latin1')}`;
  }
  for (const content of servers.registry.state.blobs.values()) yield content.toString('latin1');
}
