import { canonicalJsonText } from '@osrel/core';
import { printAnswer, suggestNext } from '../answer.ts';
import { chooseDevice, chooseDevices } from '../choose-devices.ts';
import type { CommandRun } from '../host.ts';
import { renderPairs, renderTable } from '../text/table.ts';

/** `osrel device list`. */
export const listDevices: CommandRun = async ({ settings }, host) => {
  const devices = await chooseDevices(await host.openWorkspace(settings), settings);
  printAnswer(host, settings, {
    text: () =>
      renderTable(
        [
          { title: 'DEVICE TYPE' },
          { title: 'MACHINE' },
          { title: 'ARCH' },
          { title: 'STATE' },
          { title: 'NAME' },
        ],
        devices.map((device) => [
          device.fileBaseName,
          device.machine,
          device.arch,
          device.state.toLowerCase(),
          device.name,
        ]),
      ),
    document: () => ({
      schemaVersion: 1,
      devices: devices.map(({ slug, machine, name, arch, state, fileBaseName }) => ({
        slug,
        machine,
        name,
        arch,
        state,
        deviceType: fileBaseName,
      })),
    }),
  });
  suggestNext(host, settings, `osrel plan --machine ${devices[0]?.fileBaseName ?? 'NAME'}`);
  return 0;
};

/** `osrel device show [NAME]`. */
export const showDevice: CommandRun = async ({ settings, arguments: [name] }, host) => {
  const device = await chooseDevice(await host.openWorkspace(settings), settings, name);
  const { json, ...facts } = device;
  printAnswer(host, settings, {
    text: () =>
      renderPairs(
        Object.entries(facts).map(([key, value]) => [
          key,
          Array.isArray(value) ? value.join(', ') : String(value),
        ]),
      ),
    document: () => ({ schemaVersion: 1, ...facts }),
  });
  return 0;
};

/** `osrel device json [NAME]`: the JSON that is published beside the images. */
export const printDeviceJson: CommandRun = async ({ settings, arguments: [name] }, host) => {
  const device = await chooseDevice(await host.openWorkspace(settings), settings, name);
  printAnswer(host, settings, { text: () => canonicalJsonText(device.json), document: () => device.json });
  return 0;
};
