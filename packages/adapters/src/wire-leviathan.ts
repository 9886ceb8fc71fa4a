import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Clock, Config, SuiteObserver, SuiteRequest, TestLab } from '@osrel/core';
import { runProgram } from './execa/run-program.ts';
import { createProcessSignals } from './file-system/create-process-signals.ts';
import { randomId } from './file-system/random-id.ts';
import { createComposePlaces } from './leviathan/compose/create-compose-places.ts';
import { createCorePlaces } from './leviathan/core-places.ts';
import { createLeviathanLab } from './leviathan/create-leviathan-lab.ts';
import type { LeviathanAccount } from './leviathan/leviathan-parts.ts';
import { createStockClient } from './leviathan/run-stock-client.ts';
import { createRenderSettings } from './leviathan/suite-settings.ts';
import { createWorkspaces } from './leviathan/workspace/create-workspaces.ts';
import { createCacheOwner } from './leviathan/workspace/in-use-owner.ts';
import { createFolderRevision } from './simple-git/create-folder-revision.ts';
import { parseLeviathanLog } from './test-lab/parse-leviathan-log.ts';
import { wireRigs } from './wire-rigs.ts';

export interface LeviathanRequest {
  /** Absolute path of the repository root. */
  readonly root: string;
  readonly config: Config;
  /** Name of the deployment environment in force. */
  readonly environment: string;
  readonly clock: Clock;
  /** The environment variables of osrel. */
  readonly variables: Readonly<Record<string, string | undefined>>;
  /** The environment of programs, without any secret. */
  readonly programEnvironment: Readonly<Record<string, string>>;
}

/** Where the key of the test account is looked for when osrel.yml names no variable: as Leviathan and the old workflow call it. */
const KEY_VARIABLES = ['BALENACLOUD_API_KEY', 'BALENA_API_TEST_KEY'] as const;
const PRODUCTION = 'balena-cloud.com';

/** Leviathan with everything it works with. Nothing is started, and nobody asked, before the first suite. */
export function wireLeviathan(request: LeviathanRequest): TestLab {
  const { root, config, clock, programEnvironment: environment } = request;
  const { leviathan, limits, verdicts } = config.tests;
  const cache = join(root, '.osrel/cache');
  const signals = createProcessSignals();
  const owner = () => createCacheOwner(signals.ownPid);
  const rigs = wireRigs({ root, clock, limits });
  const compose = createComposePlaces({
    config: leviathan,
    root,
    runProgram,
    environment,
    clock,
    owner,
    runName: String(signals.ownPid),
    randomText: () => randomId().slice(0, 8),
    temporaryDirectory: tmpdir(),
    logFolder: join(cache, 'leviathan-logs'),
  });
  const lab = createLeviathanLab({
    workspaces: createWorkspaces({
      root,
      suites: leviathan.suites,
      cacheFolder: join(cache, 'leviathan'),
      owner,
      clock,
      revisionOf: createFolderRevision(),
    }),
    places: createCorePlaces({ config: leviathan, clock, compose: () => compose }),
    rigs: rigs.pool,
    render: createRenderSettings(leviathan),
    accountOf: (suite) => accountOf(request, suite),
    runStockClient: createStockClient({
      config: leviathan,
      root: resolve(root),
      runProgram,
      environment,
      signals,
      findProject: compose.findProject,
      clock,
    }),
    config: leviathan,
    verdicts,
    parseLog: parseLeviathanLog,
    clock,
    temporaryDirectory: tmpdir(),
  });
  return recoveringFirst(lab, ({ signal, onLine }) =>
    rigs.recover({ removeProject: compose.downProject, onLine, signal }),
  );
}

/** What a killed osrel holds is freed before the first suite asks for a rig. */
function recoveringFirst(lab: TestLab, recover: (observer: SuiteObserver) => Promise<void>): TestLab {
  let recovered: Promise<void> | undefined;
  return {
    labs: lab.labs,
    runSuite: async (request, observer) => {
      recovered ??= recover(observer);
      await recovered;
      return lab.runSuite(request, observer);
    },
  };
}

/** The account of the environment that the suite names; the old workflow names it by the host of the backend. */
function accountOf(
  { config, environment, variables }: LeviathanRequest,
  suite: SuiteRequest,
): LeviathanAccount {
  const name = suite.environment ?? environment;
  const chosen = config.environments[name];
  const named = chosen?.secrets.balenaTestKey?.env;
  const keyVariable =
    named ?? KEY_VARIABLES.find((each) => variables[each] !== undefined) ?? KEY_VARIABLES[0];
  const apiHost = hostOf(name, chosen);
  return {
    apiHost,
    api: (chosen?.kind === 'remote' ? chosen.balena.api : null) ?? `https://api.${apiHost}`,
    readKey: () => variables[keyVariable],
    keyVariable,
  };
}

function hostOf(name: string, chosen: Config['environments'][string] | undefined): string {
  if (chosen?.kind === 'remote') return chosen.balena.host;
  return chosen === undefined && name.includes('.') ? name : PRODUCTION;
}
