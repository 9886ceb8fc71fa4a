import { setImmediate as nextTurn } from 'node:timers/promises';
import { z } from 'zod';
import type { QmpClient, QmpEvent } from './qmp-client.ts';
import type { BootFinding, BootWatch } from './watch-boot.ts';

const machineStatus = z.looseObject({ status: z.string() });
const ioError = z.looseObject({ reason: z.string().default('') });

export interface MachineRequest {
  readonly watch: BootWatch;
  /** The watch has something new. */
  readonly look: () => void;
  readonly onFinding: (finding: BootFinding) => void;
  /** The client, once there is one; rejects when there is none. */
  readonly client: Promise<QmpClient>;
}

/**
 * Takes the events of one machine: resets, panics, its switching itself off, and QEMU pausing it because the disk under
 * its overlay is full or KVM failed.
 */
export function createMachineFollower(request: MachineRequest): (event: QmpEvent) => void {
  const { watch, look, onFinding } = request;
  let diskTrouble = '';
  const statusOf = async (): Promise<string | undefined> => {
    const client = await request.client;
    const parsed = machineStatus.safeParse(await client.execute('query-status'));
    // The console has a socket of its own: what it brought by now is taken first.
    await nextTurn();
    return parsed.data?.status;
  };
  const afterPowerOff = async (): Promise<void> => {
    await statusOf();
    onFinding(watch.finding() ?? watch.judgePowerOff());
  };
  const afterStop = async (): Promise<void> => {
    const status = await statusOf();
    if (status !== 'io-error' && status !== 'internal-error') return;
    onFinding({ rule: 'qemu-stopped', seen: diskTrouble === '' ? status : `${status}: ${diskTrouble}` });
  };
  // A QEMU that is gone meanwhile is told by the end of its process.
  const quietly = (work: Promise<void>): void => void work.catch(() => undefined);
  return ({ name, values }) => {
    if (name === 'RESET' && values.guest !== false) watch.addReset();
    if (name === 'GUEST_PANICKED') watch.addPanic();
    if (name === 'BLOCK_IO_ERROR') diskTrouble = ioError.safeParse(values).data?.reason ?? '';
    if (name === 'SHUTDOWN' && values.guest !== false) return quietly(afterPowerOff());
    if (name === 'STOP') return quietly(afterStop());
    look();
  };
}
