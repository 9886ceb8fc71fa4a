import { tmpdir } from 'node:os';
import { type Clock, type OsBuilder, type OsBuildRequest, type Ports, parseDeviceType } from '@osrel/core';
import { createBuildCache } from './build-cache/create-build-cache.ts';
import { createFindContainerEngine } from './container-engine/find-container-engine.ts';
import { runProgram } from './execa/run-program.ts';
import { createProcessSignals, ownUser } from './file-system/create-process-signals.ts';
import { judgeProcess, ownIdentity } from './file-system/process-identity.ts';
import type { ProgramSlot } from './program-runner.ts';
import { createBarysFrontEnd } from './yocto/barys/barys-front-end.ts';
import { createBitbakeFrontEnd } from './yocto/bitbake/create-bitbake-front-end.ts';
import { findOverrideSyntax } from './yocto/bitbake/find-override-syntax.ts';
import { createCommandFrontEnd } from './yocto/command-front-end.ts';
import { createContainerFrontEnd } from './yocto/container/create-container-front-end.ts';
import { createOwnerIdentity } from './yocto/container/owner-identity.ts';
import { createBitbakeStopping } from './yocto/create-bitbake-stopping.ts';
import { createOsBuilder } from './yocto/create-os-builder.ts';
import type { FrontEnd } from './yocto/front-end.ts';
import { createKasFrontEnd } from './yocto/kas-front-end.ts';

export interface OsBuilderWiring {
  /** Absolute path of the repository root. */
  readonly root: string;
  readonly clock: Clock;
  /** The environment variables of osrel, secrets included. */
  readonly variables: Readonly<Record<string, string | undefined>>;
  /** The same without any secret. */
  readonly environment: Readonly<Record<string, string>>;
  readonly slot: ProgramSlot;
  /** Absolute path; undefined: in the checkout. */
  readonly historyFolder: string | undefined;
  readonly deviceRepository: () => Ports['deviceRepository'];
}

/** The builder of a device repository, with every front end it may name. */
export function wireOsBuilder(wiring: OsBuilderWiring): OsBuilder {
  const { root, clock, variables } = wiring;
  const stopping = createBitbakeStopping({ signals: createProcessSignals() });
  const frontEnds = frontEndsOf(wiring, stopping);
  return createOsBuilder({
    root,
    runProgram,
    slot: wiring.slot,
    historyFolder: wiring.historyFolder,
    stopping,
    clock,
    cache: createBuildCache({ root, readVariable: (name) => variables[name] }),
    frontEndOf: ({ settings }: OsBuildRequest) =>
      settings.container === null ? frontEnds[settings.frontEnd]() : frontEnds.container(),
  });
}

type Stopping = ReturnType<typeof createBitbakeStopping>;

function frontEndsOf(wiring: OsBuilderWiring, stopping: Stopping) {
  const { root, environment, variables } = wiring;
  const options = { root, runProgram, environment, secrets: variables, stopping };
  return {
    barys: () =>
      createBarysFrontEnd({
        root,
        environment,
        secrets: variables,
        findOverrideSyntax: () => findOverrideSyntax(root),
        askToEnd: stopping.askToEnd,
      }),
    bitbake: () =>
      createBitbakeFrontEnd({
        ...options,
        listDeviceTypes: async () =>
          (await listDeviceTypes(wiring)).map(({ fileBaseName, ...each }) => ({
            ...each,
            fileName: fileBaseName,
          })),
      }),
    kas: () => createKasFrontEnd(options),
    command: () => createCommandFrontEnd(options),
    container: () => containerFrontEnd(wiring),
  } satisfies Record<string, () => FrontEnd>;
}

function containerFrontEnd(wiring: OsBuilderWiring): FrontEnd {
  const { root, environment, variables } = wiring;
  return createContainerFrontEnd({
    root,
    findEngine: createFindContainerEngine({ runProgram, environment, workingDirectory: root }),
    signals: createProcessSignals(),
    owner: createOwnerIdentity({ own: ownIdentity(), judge: (owner) => judgeProcess(owner) }),
    caller: ownUser(),
    environment,
    secrets: variables,
    temporaryDirectory: tmpdir(),
    listImages: async (machine) =>
      (await listDeviceTypes(wiring)).flatMap((each) => (each.machine === machine ? [each.image] : [])),
    findOverrideSyntax: () => findOverrideSyntax(root),
  });
}

async function listDeviceTypes({ deviceRepository }: OsBuilderWiring) {
  const documents = await deviceRepository().listDeviceTypes();
  return documents.map((document) => parseDeviceType(document.document, document));
}
