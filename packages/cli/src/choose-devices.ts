import { badUsage, type DeviceType, findNearestName, selectDeviceTypes } from '@osrel/core';
import type { Workspace } from './host.ts';
import type { Settings } from './settings.ts';

/**
 * The device types a reading command is about: those it names, else all that osrel.yml names, else all there are.
 * Throws usage `machine.unknown`; config errors of malformed files.
 */
export async function chooseDevices(
  { ports, config }: Workspace,
  { machines, slug }: Settings,
): Promise<readonly DeviceType[]> {
  const documents = await ports.deviceRepository.listDeviceTypes();
  const trigger = { kind: 'nothing', repository: null, because: 'only looking' } as const;
  const chosen = selectDeviceTypes(documents, { machines, slug, config, trigger });
  return chosen.toSorted((a, b) => (a.fileBaseName < b.fileBaseName ? -1 : 1));
}

/** One device type by name, or the only one. Throws usage `machine.ambiguous`, `machine.unknown`. */
export async function chooseDevice(
  workspace: Workspace,
  settings: Settings,
  name: string | undefined,
): Promise<DeviceType> {
  const devices = await chooseDevices(
    workspace,
    name === undefined ? settings : { ...settings, machines: [name] },
  );
  const [only] = devices;
  if (only !== undefined && devices.length === 1) return only;
  const names = devices.map((device) => device.fileBaseName);
  throw badUsage(
    'machine.ambiguous',
    `this repository has ${devices.length} device types and none was chosen: ${names.join(', ')}`,
    {
      hint: `name one, for example: osrel device show ${names[0] ?? 'NAME'}`,
      details: { machines: names },
    },
  );
}

/** A usage error for a word that names nothing, with the nearest word that does. */
export function unknownWord(
  code: string,
  message: string,
  { word, known }: { readonly word: string; readonly known: readonly string[] },
) {
  const near = findNearestName(word, known);
  const list = known.length === 0 ? 'there are none' : `known: ${known.slice(0, 20).join(', ')}`;
  return badUsage(code, message, { hint: near === undefined ? list : `did you mean ${near}? ${list}` });
}
