import { basename } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { listProcesses, type RunningProcess } from '../../linux-process.ts';
import type { ProcessSignals } from '../../program-runner.ts';
import { type BitbakeProcess, findBitbakeProcesses } from './find-bitbake-processes.ts';
import { sendIfRunning } from './send-if-running.ts';

const FIRST_POLL_MS = 100;
/** A build takes long to end gently; looking at every process of a machine costs time too. */
const LONGEST_POLL_MS = 1000;

export interface BitbakeAsking {
  /** Absolute path. */
  readonly buildDirectory: string;
  /** Process id of the front end, which leads a process group of its own. */
  readonly leader: number;
  readonly signals: ProcessSignals;
}

/**
 * Asks a build to end after the tasks that run: SIGINT, once, to each bitbake client that the front end started, now
 * or until it has ended. A shell around it (barys) gets SIGTERM first: bash goes on with its script when a program
 * handled SIGINT itself, as bitbake does, and would start the next bitbake; SIGTERM ends it at once without touching
 * its children. A front end without a client has nothing that could be finished: SIGTERM. Returns when the whole
 * process group has ended, however that came.
 */
export async function askBitbakeToEnd({ buildDirectory, leader, signals }: BitbakeAsking): Promise<void> {
  const told = new Set<string>();
  const tell = (candidate: RunningProcess, signal: 'SIGINT' | 'SIGTERM'): void => {
    const key = `${candidate.pid}:${candidate.startTicks}`;
    if (told.has(key)) return;
    told.add(key);
    sendIfRunning(signals, candidate.pid, signal);
  };
  for (let pollMs = FIRST_POLL_MS; ; pollMs = Math.min(pollMs * 2, LONGEST_POLL_MS)) {
    const [running, ofBitbake] = await Promise.all([listProcesses(), findBitbakeProcesses(buildDirectory)]);
    const family = listFamily(running, leader);
    if (family.length === 0) return;
    const clients = family.filter(({ pid }) => ofBitbake.some((each) => isClient(each, pid)));
    for (const shell of listDrivers(family, ofBitbake, leader)) tell(shell, 'SIGTERM');
    for (const client of clients) tell(client, 'SIGINT');
    await sleep(pollMs);
  }
}

function isClient(candidate: BitbakeProcess, pid: number): boolean {
  return candidate.pid === pid && candidate.role === 'client';
}

/** The front end's process group, and what its members started in other groups. */
function listFamily(running: readonly RunningProcess[], leader: number): readonly RunningProcess[] {
  const family = new Map(
    running
      .filter(({ pid, group }) => pid === leader || group === leader)
      .map((member) => [member.pid, member]),
  );
  for (let size = -1; size !== family.size; ) {
    size = family.size;
    for (const candidate of running) if (family.has(candidate.parent)) family.set(candidate.pid, candidate);
  }
  return [...family.values()];
}

const SHELLS: ReadonlySet<string> = new Set(['bash', 'dash', 'sh', 'ash', 'ksh', 'mksh', 'zsh']);

/** What could start another bitbake: the shells around it, the outermost first; without a client the front end itself. */
function listDrivers(
  family: readonly RunningProcess[],
  ofBitbake: readonly BitbakeProcess[],
  leader: number,
): readonly RunningProcess[] {
  const bitbake = new Set(ofBitbake.map(({ pid }) => pid));
  const others = family.filter(({ pid }) => !bitbake.has(pid));
  const hasClient = family.some(({ pid }) => bitbake.has(pid));
  return others
    .filter((candidate) => isShell(candidate) || (!hasClient && candidate.pid === leader))
    .sort((a, b) => a.startTicks - b.startTicks || a.pid - b.pid);
}

function isShell({ arguments: [program = ''] }: RunningProcess): boolean {
  return SHELLS.has(basename(program).replace(/^-/, ''));
}
