import { readFile, realpath } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { isMissing } from '../../if-present.ts';
import { isAtOrBelow, listProcesses, type RunningProcess } from '../../linux-process.ts';

/** `server`: bitbake's server and what it started besides workers; `task`: what a worker started, and theirs. */
export type BitbakeRole = 'client' | 'server' | 'worker' | 'task';

export interface BitbakeProcess extends RunningProcess {
  readonly role: BitbakeRole;
}

/**
 * The processes of bitbake that work on a build folder (absolute path), whoever started them. bitbake cleans the
 * environment of its server and tasks and gives them sessions of their own, so that no mark and no process group of
 * ours leads to them: the server is known by its lock file, its arguments and its working directory, workers and tasks
 * by their parents, and tasks whose parents have ended by their session and working directory. Empty without /proc.
 */
export async function findBitbakeProcesses(buildDirectory: string): Promise<readonly BitbakeProcess[]> {
  const folder = await findFolder(buildDirectory);
  if (folder === undefined) return [];
  const [running, lockPid] = await Promise.all([listProcesses(), readLockPid(folder)]);
  return assignRoles(running, { folder, lockPid });
}

interface BuildPlace {
  /** Absolute path without links. */
  readonly folder: string;
  /** The process that the lock file names; undefined when it names none. */
  readonly lockPid: number | undefined;
}

/** Tells which of the running processes are bitbake's; see `findBitbakeProcesses`. */
export function assignRoles(running: readonly RunningProcess[], place: BuildPlace): BitbakeProcess[] {
  const byPid = new Map(running.map((candidate) => [candidate.pid, candidate]));
  const roles = new Map<number, BitbakeRole>();
  for (const candidate of running) {
    const role = ownRole(candidate, place) ?? inheritedRole(candidate, byPid, place);
    if (role !== undefined) roles.set(candidate.pid, role);
    else if (isStray(candidate, byPid, place)) roles.set(candidate.pid, 'task');
  }
  const sessionsOf = (isWanted: (role: BitbakeRole | undefined) => boolean): ReadonlySet<number> =>
    new Set(running.filter(({ pid }) => isWanted(roles.get(pid))).map(({ session }) => session));
  // A client may share its session with a user's shell; the others have sessions of their own.
  const shared = sessionsOf((role) => role === 'client');
  const own = sessionsOf((role) => role !== undefined && role !== 'client');
  for (const { pid, session } of running) {
    if (!roles.has(pid) && own.has(session) && !shared.has(session)) roles.set(pid, 'task');
  }
  return running.flatMap((candidate) => {
    const role = roles.get(candidate.pid);
    return role === undefined ? [] : [{ ...candidate, role }];
  });
}

/** What a process is by itself. */
function ownRole(candidate: RunningProcess, { folder, lockPid }: BuildPlace): BitbakeRole | undefined {
  const { arguments: words, workingDirectory } = candidate;
  const program = programOf(words);
  if (program === 'bitbake-server' && words.includes(join(folder, 'bitbake.lock'))) return 'server';
  if (workingDirectory === undefined || !isAtOrBelow(workingDirectory, folder)) return undefined;
  // A task begins as a copy of its worker, in a session that it makes.
  if (program === 'bitbake-worker') return candidate.session === candidate.pid ? 'task' : 'worker';
  if (program === 'bitbake-server' && candidate.pid === lockPid) return 'server';
  // Before 2.0 the server is a copy of the client, with the client's arguments.
  if (program === 'bitbake')
    return candidate.pid === lockPid || candidate.name === 'Cooker' ? 'server' : 'client';
  return undefined;
}

const INTERPRETERS = /^(?:python[\d.]*|env|bash|dash|sh)$/;

/** The base name of the program or script that a command line runs. */
export function programOf(words: readonly string[]): string {
  const [first = '', ...rest] = words;
  const name = basename(first);
  if (!INTERPRETERS.test(name)) return name;
  const script = rest.find((word) => !word.startsWith('-') && !/^\w+=/.test(word));
  return basename(script ?? name);
}

/** What a process is because of who started it; undefined for one that a client started. */
function inheritedRole(
  candidate: RunningProcess,
  byPid: ReadonlyMap<number, RunningProcess>,
  place: BuildPlace,
): BitbakeRole | undefined {
  const seen = new Set<number>();
  for (
    let at = byPid.get(candidate.parent);
    at !== undefined && !seen.has(at.pid);
    at = byPid.get(at.parent)
  ) {
    seen.add(at.pid);
    const role = ownRole(at, place);
    if (role === 'worker' || role === 'task') return 'task';
    if (role === 'server') return 'server';
    if (role === 'client') return undefined;
  }
  return undefined;
}

/**
 * What a task left running when all its parents had ended. A user's own program in the build folder has a terminal,
 * or the leader of its session (a login, a terminal multiplexer) still runs; pseudo makes itself a daemon.
 */
function isStray(
  candidate: RunningProcess,
  byPid: ReadonlyMap<number, RunningProcess>,
  { folder }: BuildPlace,
): boolean {
  const { workingDirectory, arguments: words, parent, session } = candidate;
  if (workingDirectory === undefined || candidate.hasTerminal) return false;
  if (workingDirectory === folder || !isAtOrBelow(workingDirectory, folder)) return false;
  const program = words[0] ?? '';
  if (basename(program) === 'pseudo' && isAtOrBelow(program, folder)) return true;
  return !byPid.has(session) && (parent <= 1 || !byPid.has(parent));
}

async function findFolder(path: string): Promise<string | undefined> {
  try {
    return await realpath(path);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** The first word of the lock file; a server with a network address writes that behind it. */
async function readLockPid(folder: string): Promise<number | undefined> {
  const text = await readFile(join(folder, 'bitbake.lock'), 'utf8').catch(() => '');
  const [, digits] = /^(\d+)\s/.exec(text) ?? [];
  return digits === undefined ? undefined : Number(digits);
}
