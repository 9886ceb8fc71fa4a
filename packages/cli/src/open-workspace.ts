import {
  createConfigFile,
  createPorts,
  createReleaseLock,
  createRunStore,
  wireReceiptSigning,
} from '@osrel/adapters';
import {
  type Clock,
  type Config,
  createRedactor,
  DEFAULT_GITHUB,
  isSecretName,
  listSecretVariables,
  withBuildFlags,
} from '@osrel/core';
import { unknownWord } from './choose-devices.ts';
import { findRoot } from './find-root.ts';
import type { Workspace } from './host.ts';
import type { Settings } from './settings.ts';

type Variables = Readonly<Record<string, string | undefined>>;

export interface OpenWorkspaceRequest {
  readonly settings: Settings;
  /** Stronger than the flag: a plan's or an event's environment. */
  readonly deployEnvironment: string | null;
  readonly clock: Clock;
  readonly variables: Variables;
  /** Takes a line about trouble that keeps nothing from going on. */
  readonly tell: (line: string) => void;
}

/** Opens the repository around a folder. Throws config errors, usage `environment.unknown` and `build.bad-arguments`. */
export async function openWorkspace(request: OpenWorkspaceRequest): Promise<Workspace> {
  const { settings, clock, variables, tell } = request;
  const root = await findRoot(settings.directory);
  const file = createConfigFile({ directory: root, file: settings.configFile ?? undefined });
  const written = withBuildFlags(await file.readConfig(), settings.build);
  const environment = chooseEnvironment(written, request.deployEnvironment ?? settings.environment);
  const config = withCodeHostOfCi(written, environment, variables);
  const secretValues = listSecretValues(config, variables);
  const redactor = createRedactor(secretValues);
  const state = `${root}/.osrel`;
  const releaseLock = createReleaseLock({ folder: `${state}/locks`, clock });
  const runStore = createRunStore({
    folder: `${state}/runs`,
    clock,
    redactor,
    listOwners: releaseLock.listOwners,
  });
  const ports = createPorts({ root, config, environment, clock, variables, tell });
  const signing = wireReceiptSigning({ root, config, environment, variables });
  return {
    root,
    config,
    environment,
    ports,
    runStore,
    releaseLock,
    trustedReceiptKeys: signing.trustedKeys,
    redactor,
    secretValues,
  };
}

/** In a workflow GitHub is asked and told without a word in osrel.yml: its token is there. */
function withCodeHostOfCi(config: Config, name: string, variables: Variables): Config {
  const environment = config.environments[name];
  const isWorkflow = variables.GITHUB_ACTIONS === 'true' && (variables.GITHUB_TOKEN ?? '') !== '';
  if (!isWorkflow || environment?.kind !== 'remote' || environment.github !== null) return config;
  return {
    ...config,
    environments: { ...config.environments, [name]: { ...environment, github: DEFAULT_GITHUB } },
  };
}

function chooseEnvironment(config: Config, asked: string | null): string {
  const name = asked ?? config.defaultEnvironment;
  if (Object.hasOwn(config.environments, name)) return name;
  const known = Object.keys(config.environments);
  throw unknownWord('environment.unknown', `unknown environment "${name}"`, { word: name, known });
}

function listSecretValues(config: Config, variables: Variables): readonly string[] {
  const configured = Object.values(config.environments).flatMap(({ secrets }) =>
    Object.values(secrets).map((secret) => secret.env),
  );
  const built = listSecretVariables(config);
  const names = new Set([...Object.keys(variables).filter(isSecretName), ...configured, ...built]);
  return [...names].flatMap((name) => variables[name] ?? []).filter((value) => value !== '');
}
