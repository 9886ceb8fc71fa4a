import type { BuildSettings, CacheStore, ContainerSettings, FrontEndName } from '../model/build-settings.ts';
import type { BuildSettingsChange } from '../model/build-settings-change.ts';

/** Where a secret comes from; its value is read at the last moment and never kept. */
export interface SecretSource {
  readonly env: string;
}

/** How the hostapp is signed for secure boot (balena-workflow 4.6). */
export interface SigningConfig {
  /** Address of the signing server. */
  readonly api: string;
  readonly key: SecretSource;
  readonly grubKeyId: string | null;
  /** Certificates that the kernel must trust; null: none are appended, and none are looked for. */
  readonly kernelModuleKey: SecretSource | null;
  readonly habPkiId: string | null;
  readonly rsaKeyId: string | null;
}

/** How something is built, as far as osrel.yml and flags say; what a release adds is settled by its planner. */
export interface BuildConfig {
  readonly frontend: FrontEndName;
  /** Null: on this machine itself. */
  readonly container: Omit<ContainerSettings, 'apiEnvironment'> | null;
  /** Arguments as they were written, for people; `settings` holds what they ask for. */
  readonly arguments: readonly string[];
  /** What keys and arguments ask for: `build` first, then the machine, then flags. */
  readonly settings: BuildSettingsChange;
  readonly secretVariables: BuildSettings['secretVariables'];
  /** Folder that each device type has a folder of its own in; null: shared state stays in the build folder. */
  readonly sharedStateRoot: string | null;
  readonly sourceMirror: BuildSettings['sourceMirror'];
  readonly stateCache: { readonly store: CacheStore; readonly read: string | null } | null;
  readonly hashEquivalence: string | null;
  /** Null: not signed. */
  readonly signing: SigningConfig | null;
  readonly kasFile: string | null;
  /** Null folders: below the build folder, as bitbake leaves them. */
  readonly command: {
    readonly words: readonly string[];
    readonly assetRoot: string | null;
    readonly imagesDirectory: string | null;
  } | null;
}
