import { afterEach, expect, it, vi } from 'vitest';
import { describeFaults } from './describe-faults.ts';
import { I5 } from './invariants.ts';
import { openRemoteMachine } from './remote-machine.ts';
import type { RemoteServers } from './remote-servers.ts';
import { useMachine, useServers } from './remote-stage.ts';
import { runRelease } from './run-release.ts';

afterEach(() => {
  vi.unstubAllEnvs();
});

const WITHDRAWAL = {
  kind: 'undo',
  action: 'withdraw',
  repository: null,
  version: '6.5.1',
  esr: false,
  reason: 'loses the network',
} as const;

/** Two versions, one after the other; latest is the second. */
async function releaseTwo(servers: RemoteServers): Promise<void> {
  for (const version of ['6.5.0', '6.5.1']) {
    const machine = await openRemoteMachine(servers, { version });
    const { error } = await runRelease(machine);
    await machine.remove();
    if (error !== null) throw error;
  }
}

describeFaults('a withdrawal', {
  prepare: releaseTwo,
  isUndo: true,
  trigger: WITHDRAWAL,
});

describeFaults('a rollback of latest', {
  prepare: releaseTwo,
  isOnce: true,
  isUndo: true,
  trigger: {
    kind: 'undo',
    action: 'rollback',
    repository: null,
    version: null,
    esr: false,
    reason: 'slow boots',
  },
});

it('a withdrawal that another machine does again writes nothing', async () => {
  const servers = await useServers();
  await releaseTwo(servers);
  const first = await runRelease(await useMachine(servers), { trigger: WITHDRAWAL });
  expect(first.error).toBeNull();
  const from = servers.requests.length;

  const again = await runRelease(await useMachine(servers), { trigger: WITHDRAWAL });

  expect(again).toMatchObject({ isDone: true, error: null });
  expect(I5(servers.requests.slice(from))).toEqual([]);
});
