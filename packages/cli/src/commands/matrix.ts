import { type BuildMatrixEntry, buildMatrixOf, type DeviceType, effectiveComposition } from '@osrel/core';
import { chooseDevices } from '../choose-devices.ts';
import type { CommandRun, Workspace } from '../host.ts';

/** `osrel matrix build|test`: one line of JSON that a CI matrix takes as it is. */
export const printMatrix: CommandRun = async ({ settings, arguments: [what] }, host) => {
  const workspace = await host.openWorkspace(settings);
  const devices = await chooseDevices(workspace, settings);
  const include = what === 'build' ? await listBuilds(devices, workspace) : listTests(devices, workspace);
  const matrix = { include };
  host.terminal.stdout.write(`${JSON.stringify(matrix, null, settings.output === 'json' ? 2 : undefined)}\n`);
  return 0;
};

async function listBuilds(devices: readonly DeviceType[], { ports, config }: Workspace) {
  const rows: ({ machine: string; slug: string } & BuildMatrixEntry)[] = [];
  for (const device of devices) {
    const files = await ports.deviceRepository.readComposition(device.machine);
    const { composition } = effectiveComposition({ ...files, mergeArrays: config.composition.mergeArrays });
    rows.push(
      ...buildMatrixOf(composition, device.machine).map((entry) => ({
        machine: device.machine,
        slug: device.slug,
        ...entry,
      })),
    );
  }
  return rows;
}

function listTests(devices: readonly DeviceType[], { config }: Workspace) {
  return devices.flatMap((device) =>
    config.tests.matrix.map((entry) => ({
      machine: device.machine,
      slug: device.slug,
      // Unique in the whole matrix, whatever its cells differ in (W36).
      report: `reports-${device.slug}-${entry.id}`,
      ...entry,
    })),
  );
}
