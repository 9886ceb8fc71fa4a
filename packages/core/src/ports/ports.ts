import type { Clock } from './clock.ts';
import type { CodeHost } from './code-host.ts';
import type { DeployFolder } from './deploy-folder.ts';
import type { DeviceRepository } from './device-repository.ts';
import type { DiskImages } from './disk-images.ts';
import type { HostappApplications } from './hostapp-applications.ts';
import type { HostappReleases } from './hostapp-releases.ts';
import type { KernelImages } from './kernel-images.ts';
import type { MachineImages } from './machine-images.ts';
import type { ObjectStore } from './object-store.ts';
import type { OsBuilder } from './os-builder.ts';
import type { ReleaseAssets } from './release-assets.ts';
import type { SourceRepository } from './source-repository.ts';
import type { TestHistory } from './test-history.ts';
import type { TestLab } from './test-lab.ts';
import type { TestReceipts } from './test-receipts.ts';

/** Everything a step or a fact may touch. Hosts build it once; each port is made on first use. */
export interface Ports {
  readonly clock: Clock;
  readonly sourceRepository: SourceRepository;
  readonly deviceRepository: DeviceRepository;
  readonly osBuilder: OsBuilder;
  readonly diskImages: DiskImages;
  readonly kernelImages: KernelImages;
  readonly deployFolder: DeployFolder;
  readonly objectStore: ObjectStore;
  readonly hostappApplications: HostappApplications;
  readonly hostappReleases: HostappReleases;
  readonly releaseAssets: ReleaseAssets;
  readonly codeHost: CodeHost;
  readonly testLab: TestLab;
  readonly testReceipts: TestReceipts;
  readonly testHistory: TestHistory;
  readonly machineImages: MachineImages;
  /** The bucket that machine images are imported from. */
  readonly machineImageStore: ObjectStore;
}

export type PortName = keyof Ports;
