import { constants } from 'node:fs';
import { access, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { asOsrelError } from '@osrel/core';
import { z } from 'zod';
import { findText } from '../if-present.ts';
import { findBootId } from '../linux-process.ts';
import type { OutputStream, ProgramOutcome, RunProgram } from '../program-runner.ts';
import type { QemuMachine } from './qemu-machines.ts';
import { findTinyGuest, GUEST_FILE, TINY_GUEST_SAYS, type TinyGuest } from './tiny-guest.ts';

export interface Acceleration {
  /** As QEMU names it. */
  readonly accelerator: 'kvm' | 'tcg';
  /** For people. */
  readonly because: string;
}

export interface AccelerationRequest {
  readonly machine: QemuMachine;
  /** As Node names it. */
  readonly hostArchitecture: string;
  readonly kvmDevice: string;
  readonly run: RunProgram;
  readonly environment: Readonly<Record<string, string>>;
  readonly workingDirectory: string;
  /** Absolute path of a folder of this boot for the tiny guest. */
  readonly folder: string;
  /** Absolute path of a folder that keeps the answer; undefined: asked each time. */
  readonly cacheFolder: string | undefined;
  readonly signal: AbortSignal;
  readonly onStart: (pid: number) => Promise<void>;
  /** How long the tiny guest may take. */
  readonly guestMs: number;
}

const answer = z.object({ bootId: z.string(), works: z.boolean(), because: z.string() });
type Answer = z.infer<typeof answer>;

/**
 * KVM where a guest really runs under it, else software. The answer for a machine is kept until it starts again: the
 * device can be there, and open, while each guest hangs (nested virtualisation that is half allowed).
 */
export async function chooseAcceleration(request: AccelerationRequest): Promise<Acceleration> {
  const obstacle = await findKvmObstacle(request);
  if (obstacle !== undefined) return { accelerator: 'tcg', because: obstacle };
  const guest = findTinyGuest(request.hostArchitecture);
  if (guest === undefined) return { accelerator: 'tcg', because: 'KVM cannot be tried on this processor' };
  const bootId = await findBootId();
  const record =
    request.cacheFolder === undefined || bootId === undefined
      ? undefined
      : join(request.cacheFolder, `kvm-${request.machine.program}.json`);
  const known = record === undefined ? undefined : parseAnswer(await findText(record));
  if (known !== undefined && known.bootId === bootId) {
    return toAcceleration(known, ` (as found before; remove ${record} to try again)`);
  }
  const found: Answer = { bootId: bootId ?? '', ...(await tryKvm(guest, request)) };
  if (record !== undefined) await keepAnswer(record, found);
  return toAcceleration(found, '');
}

/** Why KVM cannot be used at all, without trying; undefined when nothing speaks against it. */
export async function findKvmObstacle(
  request: Pick<AccelerationRequest, 'machine' | 'hostArchitecture' | 'kvmDevice'>,
): Promise<string | undefined> {
  const { machine, hostArchitecture, kvmDevice } = request;
  if (machine.hostArchitecture !== hostArchitecture) {
    return `KVM on ${hostArchitecture} cannot run ${machine.program}`;
  }
  try {
    await access(kvmDevice, constants.R_OK | constants.W_OK);
    return undefined;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT') return `there is no ${kvmDevice}`;
    return `${kvmDevice} may not be used by this user (${String(code)}); often the group "kvm" may`;
  }
}

function toAcceleration({ works, because }: Answer, note: string): Acceleration {
  return { accelerator: works ? 'kvm' : 'tcg', because: because + note };
}

async function tryKvm(guest: TinyGuest, request: AccelerationRequest): Promise<Omit<Answer, 'bootId'>> {
  const file = join(request.folder, 'tiny-guest');
  await writeFile(file, guest.bytes);
  const complaints: string[] = [];
  let outcome: ProgramOutcome;
  try {
    outcome = await request.run({
      file: request.machine.program,
      arguments: [
        ...['-nodefaults', '-no-user-config', '-display', 'none', '-nic', 'none', '-serial', 'stdio'],
        ...['-accel', 'kvm', '-cpu', 'max', '-m', '64M', '-no-reboot'],
        ...guest.words.map((word) => word.replace(GUEST_FILE, file.replaceAll(',', ',,'))),
      ],
      workingDirectory: request.workingDirectory,
      environment: request.environment,
      signal: request.signal,
      onLine: (line: string, stream: OutputStream) => {
        if (stream === 'stderr' && complaints.length < 3) complaints.push(line);
      },
      onStart: request.onStart,
      timeoutMs: request.guestMs,
      killAfterMs: 500,
      keepStdout: 4096,
    });
  } finally {
    await rm(file, { force: true });
  }
  const { end, stdout } = outcome;
  if (end.kind === 'timed-out') return { works: false, because: 'a guest hangs under KVM' };
  const isDone = end.kind === 'exited' && end.exitCode === guest.exitCode;
  if (isDone && stdout.includes(TINY_GUEST_SAYS)) return { works: true, because: 'a guest runs under KVM' };
  return {
    works: false,
    because: `no guest runs under KVM: ${complaints.join('; ') || 'it ended too early'}`,
  };
}

function parseAnswer(text: string | undefined): Answer | undefined {
  try {
    return text === undefined ? undefined : answer.parse(JSON.parse(text));
  } catch {
    // A note that cannot be read is as good as none.
    return undefined;
  }
}

/** A folder that takes no note costs the next boot a few seconds, and nothing else. */
async function keepAnswer(record: string, found: Answer): Promise<void> {
  const draft = `${record}.${found.bootId}`;
  try {
    await mkdir(join(record, '..'), { recursive: true });
    await writeFile(draft, JSON.stringify(found));
    await rename(draft, record);
  } catch (error) {
    if (asOsrelError(error) === undefined) throw error;
  }
}
