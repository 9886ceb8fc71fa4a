import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { OsrelError, type Problem, rigFailed } from '@osrel/core';
import { findText, isMissing } from '../../if-present.ts';
import type { CallDocker } from './docker-program.ts';

export interface HostCheck {
  readonly call: CallDocker;
  /** DOCKER_HOST of docker's client; undefined when it is not set. */
  readonly dockerHost: string | undefined;
  /** Folder that holds `dev` and `proc`; `/` but in tests. */
  readonly systemRoot: string;
  readonly signal: AbortSignal;
  readonly onLine: (line: string) => void;
}

export interface HostNeeds {
  readonly worker: 'qemu' | 'testbot';
  readonly suite: string;
  readonly architecture: string;
}

/** The machine that containers run on. */
export interface ContainerHost {
  /** balena's word for its processor. */
  readonly architecture: 'amd64' | 'aarch64';
}

const ANSWER_MS = 20_000;
/** The oldest that Leviathan's own Makefile takes (leviathan 1.3). */
const OLDEST_COMPOSE = [2, 3, 3] as const;
const CANNOT_START: readonly string[] = [
  'program.not-found',
  'program.not-executable',
  'program.not-started',
];

/**
 * Sees whether this machine can run a core, and a QEMU rig where one is asked for. Throws rig `lab.host-unfit` with
 * everything that is missing; what only makes it slow is told.
 */
export async function checkHost(check: HostCheck, needs: HostNeeds): Promise<ContainerHost> {
  const engine = await checkEngine(check);
  const problems = [...engine.problems, ...(await checkDevices(check, needs, engine.host))];
  const [first, ...others] = problems;
  if (first === undefined && engine.host !== undefined) return engine.host;
  const more = others.length === 0 ? '' : ` (and ${others.length} more)`;
  throw rigFailed('lab.host-unfit', `this machine cannot start a Leviathan core: ${first?.message}${more}`, {
    hint: 'mend that, or name running cores under tests.leviathan.cores in osrel.yml',
    problems,
  });
}

interface EngineState {
  readonly problems: readonly Problem[];
  readonly host: ContainerHost | undefined;
}

async function checkEngine({ call, dockerHost, signal }: HostCheck): Promise<EngineState> {
  if (dockerHost !== undefined && dockerHost !== '' && !dockerHost.startsWith('unix:')) {
    const message = 'DOCKER_HOST names another machine, whose containers cannot be reached from here';
    return { problems: [{ at: 'DOCKER_HOST', message }], host: undefined };
  }
  try {
    const format = '{{.ServerVersion}}|{{.Architecture}}';
    const info = await call({ words: ['info', '--format', format], signal, timeoutMs: ANSWER_MS });
    const [server = '', processor = ''] = info.stdout.split('|');
    if (!info.succeeded || server === '') {
      return { problems: [{ at: 'docker', message: daemonProblem(info.complaint) }], host: undefined };
    }
    const version = await call({ words: ['compose', 'version', '--short'], signal, timeoutMs: ANSWER_MS });
    const problem = composeProblem(version.succeeded ? version.stdout : undefined);
    return {
      problems: problem === undefined ? [] : [{ at: 'docker compose', message: problem }],
      host: { architecture: /^(aarch64|arm64)$/.test(processor) ? 'aarch64' : 'amd64' },
    };
  } catch (error) {
    if (!(error instanceof OsrelError) || !CANNOT_START.includes(error.code)) throw error;
    return { problems: [{ at: 'docker', message: 'docker is not installed' }], host: undefined };
  }
}

function daemonProblem(complaint: string): string {
  return /permission denied|access denied/i.test(complaint)
    ? `this user may not talk to the docker daemon (sudo usermod -aG docker "$USER", then log in again): ${complaint}`
    : `the docker daemon does not answer (sudo systemctl start docker): ${complaint}`;
}

function composeProblem(version: string | undefined): string | undefined {
  if (version === undefined) return 'docker compose is not installed (package docker-compose-plugin)';
  const numbers = /(\d+)\.(\d+)\.(\d+)/.exec(version)?.slice(1).map(Number);
  if (numbers === undefined) return `docker compose does not say its version: ${version}`;
  for (const [at, oldest] of OLDEST_COMPOSE.entries()) {
    const number = numbers[at] ?? 0;
    if (number > oldest) return undefined;
    if (number < oldest) return `docker compose ${version} is older than ${OLDEST_COMPOSE.join('.')}`;
  }
  return undefined;
}

/** What a rig in QEMU needs of the kernel, and a core that preloads images (leviathan 1.4, 1.2). */
async function checkDevices(
  { systemRoot, onLine }: HostCheck,
  { worker, suite, architecture }: HostNeeds,
  host: ContainerHost | undefined,
): Promise<readonly Problem[]> {
  const problems: Problem[] = [];
  const has = (path: string): Promise<boolean> => exists(join(systemRoot, path));
  if (!(await has('dev/loop-control'))) {
    const message = 'there is no /dev/loop-control (sudo modprobe loop)';
    if (worker === 'qemu' || suite === 'cloud') problems.push({ at: '/dev/loop-control', message });
    else onLine(`osrel: ${message}: tests that preload an image will fail`);
  }
  if (worker !== 'qemu') return problems;
  if (!(await has('dev/net/tun'))) {
    problems.push({ at: '/dev/net/tun', message: 'there is no /dev/net/tun (sudo modprobe tun)' });
  }
  if ((await findText(join(systemRoot, 'proc/sys/net/ipv4/ip_forward')))?.trim() !== '1') {
    const message = 'net.ipv4.ip_forward is not 1 (sudo sysctl net.ipv4.ip_forward=1)';
    problems.push({ at: 'net.ipv4.ip_forward', message });
  }
  if (!(await has('dev/kvm'))) {
    onLine('osrel: there is no /dev/kvm: QEMU emulates in software, which is many times slower');
  } else if (host !== undefined && host.architecture !== architecture) {
    onLine(`osrel: QEMU emulates ${architecture} on ${host.architecture} in software: many times slower`);
  }
  return problems;
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}
