import { type DeviceType, renderDeviceTypeJson } from '@osrel/core';
import { printAnswer, suggestNext } from '../answer.ts';
import { chooseDevice, chooseDevices } from '../choose-devices.ts';
import type { CommandRun, Workspace } from '../host.ts';
import type { Settings } from '../settings.ts';
import { type DeviceFacts, renderDevice, renderDevices } from '../text/device-text.ts';

/** `osrel device list`. */
export const listDevices: CommandRun = async ({ settings }, host) => {
  const devices = await chooseDevices(await host.openWorkspace(settings), settings);
  printAnswer(host, settings, {
    text: () => renderDevices(devices),
    document: () => ({
      schemaVersion: 1,
      devices: devices.map(({ slug, machine, name, arch, state, fileBaseName, imageKind }) => ({
        slug,
        machine,
        name,
        arch,
        state,
        deviceType: fileBaseName,
        imageKind,
      })),
    }),
  });
  suggestNext(host, settings, `osrel plan --machine ${devices[0]?.fileBaseName ?? 'NAME'}`);
  return 0;
};

/** `osrel device show [NAME]`. */
export const showDevice: CommandRun = async ({ settings, arguments: [name] }, host) => {
  const workspace = await host.openWorkspace(settings);
  const facts = await gatherFacts(await chooseDevice(workspace, settings, name), { workspace, settings });
  const { json, ...device } = facts.device;
  printAnswer(host, settings, {
    text: () => renderDevice(facts),
    document: () => ({
      schemaVersion: 1,
      ...device,
      yoctoVersion: facts.yoctoVersion,
      sharesMachineWith: facts.sharesMachineWith,
    }),
  });
  return 0;
};

async function gatherFacts(
  device: DeviceType,
  { workspace, settings }: { readonly workspace: Workspace; readonly settings: Settings },
): Promise<DeviceFacts> {
  const all = await chooseDevices(workspace, { ...settings, machines: [], slug: null });
  const others = all.filter(
    ({ machine, fileBaseName }) => machine === device.machine && fileBaseName !== device.fileBaseName,
  );
  return {
    device,
    yoctoVersion: findYoctoVersion(device.json.yocto),
    sharesMachineWith: others.map(({ fileBaseName }) => fileBaseName),
  };
}

function findYoctoVersion(yocto: unknown): string | null {
  if (typeof yocto !== 'object' || yocto === null || !('version' in yocto)) return null;
  return typeof yocto.version === 'string' ? yocto.version : null;
}

/** `osrel device json [NAME]`: the JSON that is published beside the images, byte for byte; `--json` changes nothing. */
export const printDeviceJson: CommandRun = async ({ settings, arguments: [name] }, host) => {
  const device = await chooseDevice(await host.openWorkspace(settings), settings, name);
  if (settings.output === 'jsonl') host.terminal.stdout.write(`${JSON.stringify(device.json)}\n`);
  else host.terminal.stdout.write(renderDeviceTypeJson(device));
  return 0;
};
