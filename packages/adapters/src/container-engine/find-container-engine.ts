import { basename } from 'node:path';
import { OsrelError } from '@osrel/core';
import type { EngineProblem, EngineSearch, FindContainerEngine } from '../container-engine.ts';
import { createContainerEngine } from './create-container-engine.ts';
import {
  type CallEngine,
  complaintOf,
  createEngineProgram,
  type EngineAnswer,
  type EngineProgramOptions,
  succeeded,
} from './engine-program.ts';

export interface FindContainerEngineOptions extends EngineProgramOptions {
  /** Milliseconds an engine may take to answer; default 15 000. */
  readonly answerMs?: number;
}

type EngineName = 'docker' | 'podman';
interface Candidate {
  readonly name: EngineName;
  readonly file: string;
}

const ANSWER_MS = 15_000;
const CANNOT_START: readonly string[] = [
  'program.not-found',
  'program.not-executable',
  'program.not-started',
];
const NATIVE_WAY =
  'or build without a container: osrel build without --container (and without build.container in osrel.yml); ' +
  'that needs the Yocto host packages on this machine, see osrel doctor';

/**
 * Finds a container engine by asking for its state (`info`): docker first, then podman. The environment's `DOCKER`
 * names the program, as in the reference (balena-automation 1.11). Reads PATH only through the program runner.
 */
export function createFindContainerEngine(options: FindContainerEngineOptions): FindContainerEngine {
  const call = createEngineProgram(options);
  const answerMs = options.answerMs ?? ANSWER_MS;
  return async (wish, signal) => {
    const problems: EngineProblem[] = [];
    for (const candidate of candidatesFor(wish, options.environment.DOCKER)) {
      const probed = await probe(candidate, { call, signal, answerMs });
      if (probed.kind === 'found') return { ...probed, notes: problems.map(({ message }) => message) };
      problems.push(probed.problem);
    }
    return { kind: 'missing', problem: worstOf(problems, wish) };
  };
}

function candidatesFor(wish: 'auto' | EngineName, named: string | undefined): readonly Candidate[] {
  const names: readonly EngineName[] = wish === 'auto' ? ['docker', 'podman'] : [wish];
  if (named === undefined || named === '') return names.map((name) => ({ name, file: name }));
  const name: EngineName = basename(named).includes('podman') ? 'podman' : 'docker';
  if (wish === 'auto') return [{ name, file: named }];
  return [{ name: wish, file: wish === name ? named : wish }];
}

interface Probing {
  readonly call: CallEngine;
  readonly signal: AbortSignal;
  readonly answerMs: number;
}

async function probe({ name, file }: Candidate, probing: Probing): Promise<EngineSearch> {
  const { call, signal, answerMs: timeoutMs } = probing;
  const format = name === 'podman' ? ['--format', '{{.Host.Security.Rootless}}'] : [];
  try {
    const answer = await call({ file, arguments: ['info', ...format], signal, timeoutMs });
    if (!succeeded(answer)) return { kind: 'missing', problem: problemOf(file, answer) };
    const isRootless = name === 'podman' && answer.stdout.trim() === 'true';
    return { kind: 'found', engine: createContainerEngine({ name, file, isRootless, call }), notes: [] };
  } catch (error) {
    if (!(error instanceof OsrelError) || !CANNOT_START.includes(error.code)) throw error;
    const problem = {
      code: 'container.no-engine',
      message: error.message,
      hint: `install docker or podman, ${NATIVE_WAY}`,
    } as const;
    return { kind: 'missing', problem };
  }
}

function problemOf(file: string, answer: EngineAnswer): EngineProblem {
  const words = complaintOf(answer);
  const last = words.split('\n').find((line) => line.trim() !== '') ?? words;
  if (answer.end.kind === 'timed-out') {
    return {
      code: 'container.engine-silent',
      message: `${file} is installed but does not answer`,
      hint: `see what ${file} info says and restart its daemon, ${NATIVE_WAY}`,
    };
  }
  if (/permission denied|EACCES|access denied/i.test(words)) {
    return {
      code: 'container.engine-refused',
      message: `this user may not talk to the daemon of ${file}: ${last.trim()}`,
      hint: `add the user to the group docker (sudo usermod -aG docker "$USER", then log in again), ${NATIVE_WAY}`,
    };
  }
  return {
    code: 'container.no-daemon',
    message: `${file} is installed but its daemon does not run: ${last.trim()}`,
    hint: `start it (sudo systemctl start docker, or set DOCKER_HOST), ${NATIVE_WAY}`,
  };
}

/** An engine that is there and does not work is worth more words than one that is not there. */
function worstOf(problems: readonly EngineProblem[], wish: 'auto' | EngineName): EngineProblem {
  const broken = problems.find(({ code }) => code !== 'container.no-engine');
  const [first] = problems;
  if (broken !== undefined || first === undefined || wish !== 'auto' || problems.length === 1) {
    return broken ?? first ?? noEngine();
  }
  return noEngine();
}

function noEngine(): EngineProblem {
  return {
    code: 'container.no-engine',
    message: 'a build in a container needs docker or podman, and neither is installed',
    hint: `install one of them, ${NATIVE_WAY}`,
  };
}
