import { OsrelError, type Plan, type Ports, parseConfig, planRelease, type Trigger } from '@osrel/core';
import { type FactsChange, facts, HEAD_SHA, REPOSITORY, SHA } from './facts.ts';

/** A pull request from a branch of the repository itself. */
export function pullRequest(change: Partial<Extract<Trigger, { kind: 'pull-request' }>> = {}): Trigger {
  return {
    kind: 'pull-request',
    repository: REPOSITORY,
    number: 12,
    title: 'Update the bootloader',
    headSha: HEAD_SHA,
    sha: SHA,
    headRef: 'feature',
    baseRef: 'main',
    origin: 'own',
    carriesSecrets: false,
    ...change,
  };
}

export function tag(name: string): Trigger {
  return { kind: 'tag', repository: REPOSITORY, tag: name, sha: SHA };
}

export function manual(
  request: Partial<Extract<Trigger, { kind: 'manual' }>['request']> = {},
  ref = 'refs/heads/main',
): Trigger {
  return {
    kind: 'manual',
    repository: REPOSITORY,
    ref,
    sha: SHA,
    actor: 'ada',
    request: { forceFinalize: false, ...request },
  };
}

export function command(
  name: Extract<Trigger, { kind: 'command' }>['command'],
  change: Partial<Extract<Trigger, { kind: 'command' }>> = {},
): Trigger {
  const stages = name === 'release' ? (['build', 'test', 'deploy', 'finalize'] as const) : ([name] as const);
  return {
    kind: 'command',
    command: name,
    repository: null,
    stages: [...stages, ...(change.demandsEsr === true ? (['esr'] as const) : [])],
    demandsEsr: false,
    force: null,
    release: null,
    ...change,
  };
}

/** Plans one release from built facts, through the door that every host uses; no port may be touched. */
export async function planOf(trigger: Trigger, change: FactsChange = {}, osrelYml?: unknown): Promise<Plan> {
  const [planned] = await planRelease(
    {
      trigger,
      config: parseConfig(osrelYml, { file: 'osrel.yml' }),
      environment: 'local',
      machines: [],
      slug: null,
      savedFacts: JSON.parse(JSON.stringify(facts(change))),
    },
    untouchable(),
  );
  if (planned === undefined) throw new Error('nothing was planned');
  return planned.plan;
}

/** The refusal of a plan; fails the test when it is planned after all. */
export async function refusalOf(
  trigger: Trigger,
  change: FactsChange = {},
  osrelYml?: unknown,
): Promise<OsrelError> {
  try {
    await planOf(trigger, change, osrelYml);
  } catch (error) {
    if (error instanceof OsrelError) return error;
    throw error;
  }
  throw new Error('it was planned, and should have been refused');
}

function untouchable(): Ports {
  return new Proxy({} as Ports, {
    get: (_, name) => {
      throw new Error(`planning from saved facts touched the port ${String(name)}`);
    },
  });
}
