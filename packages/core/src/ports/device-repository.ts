import type { UnversionedContract } from '../model/contract.ts';

/** A parsed file of the repository, with the path (relative to the root) it came from. */
export interface RepositoryDocument {
  readonly file: string;
  readonly document: unknown;
}

export interface RepositoryIdentity {
  /** Parsed repo.yml; undefined when the file is missing. */
  readonly repoYml: RepositoryDocument | undefined;
  /** Trimmed content of VERSION; undefined when the file is missing. */
  readonly version: string | undefined;
  readonly hasChangelog: boolean;
  /** Version of layers/meta-balena its own tags or VERSION tell, without `v`; null when there is none. */
  readonly metaBalenaVersion: string | null;
}

export interface DeviceTypeDocument extends RepositoryDocument {
  /** File name without its ending; bitbake's DEVICE_TYPE. */
  readonly baseName: string;
}

/** The files of a device repository, parsed but not judged. A malformed file throws config errors with file and line. */
export interface DeviceRepository {
  readIdentity(): Promise<RepositoryIdentity>;
  /** The manifest of every `*.coffee`, `*.json`, `*.yml` device type in the root; all malformed files in one error. */
  listDeviceTypes(): Promise<readonly DeviceTypeDocument[]>;
  /** `layers/meta-balena/hostapp.yml` and `<machine>.hostapp.yml`, each where it exists. */
  readComposition(
    machine: string,
  ): Promise<{ readonly base?: RepositoryDocument; readonly overlay?: RepositoryDocument }>;
  /**
   * The OS contracts of device types, by slug, composed of the contract.json files below contracts/contracts and
   * private-contracts/contracts; undefined without these folders. Throws config `contract.*` for what is missing.
   */
  composeOsContracts(slugs: readonly string[]): Promise<ReadonlyMap<string, UnversionedContract> | undefined>;
  /** The generated `<baseName>.json` in the root, which bitbake classes read; undefined when missing. */
  readDeviceTypeJson(baseName: string): Promise<string | undefined>;
  /** Writes that file (temporary name, fsync, rename). */
  writeDeviceTypeJson(baseName: string, text: string): Promise<void>;
}
