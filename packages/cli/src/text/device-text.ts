import type { DeviceType } from '@osrel/core';
import { renderPairs, renderTable } from './table.ts';

/** Device types, a line each; the slug has a column only where one differs from its file's name. */
export function renderDevices(devices: readonly DeviceType[]): string {
  const hasOtherSlugs = devices.some((device) => device.slug !== device.fileBaseName);
  const columns = [
    { title: 'DEVICE TYPE' },
    ...(hasOtherSlugs ? [{ title: 'SLUG' }] : []),
    { title: 'MACHINE' },
    { title: 'ARCH' },
    { title: 'IMAGE' },
    { title: 'STATE' },
    { title: 'NAME' },
  ];
  const rows = devices.map((device) => [
    device.fileBaseName,
    ...(hasOtherSlugs ? [device.slug] : []),
    device.machine,
    device.arch,
    describeVariants(device),
    device.state.toLowerCase(),
    device.name,
  ]);
  return renderTable(columns, rows);
}

/** What is imaged: `flasher, raw`, `standard`, `archive`. */
function describeVariants({ imageKind, deployFlasherArtifact, deployRawArtifact }: DeviceType): string {
  const variants = [
    ...(deployFlasherArtifact === undefined ? [] : ['flasher']),
    ...(deployRawArtifact === undefined ? [] : ['raw']),
  ];
  return imageKind === 'standard' && variants.length > 0 ? variants.join(', ') : imageKind;
}

export interface DeviceFacts {
  readonly device: DeviceType;
  /** Yocto release of its file, such as `yocto-kirkstone`; null when the file names none. */
  readonly yoctoVersion: string | null;
  /** Base names of other device types that are built as the same machine. */
  readonly sharesMachineWith: readonly string[];
}

/** One device type in detail, with the command that builds it. */
export function renderDevice({ device, yoctoVersion, sharesMachineWith }: DeviceFacts): string {
  const shared = sharesMachineWith.length === 0 ? '' : ` (also of ${sharesMachineWith.join(', ')})`;
  const pairs: readonly (readonly [string, string | undefined])[] = [
    ['name', device.name],
    ['device type', device.fileBaseName],
    ['slug', device.slug],
    ['aliases', device.aliases.join(', ')],
    ['machine', `${device.machine}${shared}`],
    ['architecture', device.arch],
    ['state', device.state.toLowerCase()],
    ['yocto release', yoctoVersion ?? ''],
    ['image recipe', device.image],
    ['image kind', device.imageKind],
    ['image', device.deployArtifact],
    ['flasher image', device.deployFlasherArtifact],
    ['raw image', device.deployRawArtifact],
    ['file system type', device.fstype],
    ['built by', `osrel build --machine ${device.fileBaseName}`],
  ];
  return renderPairs(
    pairs.flatMap(([name, value]) => (value === undefined || value === '' ? [] : [[name, value] as const])),
  );
}
