import { asOsrelError } from '@osrel/core';
import { chooseDevices } from './choose-devices.ts';
import type { DynamicNames } from './complete.ts';
import type { Host, Workspace } from './host.ts';
import type { Settings } from './settings.ts';

/** Names of this repository for completion; outside of one, or with a broken one, there are none. */
export function dynamicNames(host: Host, settings: Settings): DynamicNames {
  const ask = async (
    question: (workspace: Workspace) => Promise<readonly string[]>,
  ): Promise<readonly string[]> => {
    try {
      return [...new Set(await question(await host.openWorkspace(settings)))];
    } catch (error) {
      if (asOsrelError(error) === undefined) throw error;
      return [];
    }
  };
  return {
    machines: () =>
      ask(async (workspace) =>
        (await chooseDevices(workspace, settings)).map((device) => device.fileBaseName),
      ),
    runs: () => ask(async ({ runStore }) => (await runStore.list()).slice(0, 30).map((run) => run.runId)),
    versions: () =>
      ask(async ({ runStore, ports }) => {
        const { version } = await ports.deviceRepository.readIdentity();
        const ran = (await runStore.list()).map((run) => run.target.version);
        return version === undefined ? ran : [version, ...ran];
      }),
  };
}
