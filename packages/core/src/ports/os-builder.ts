import type { Problem } from '../errors/osrel-error.ts';
import type { BuildProgress } from '../model/build-progress.ts';
import type { BuildSettings } from '../model/build-settings.ts';

/** A file a build left behind. `path` is absolute; `sha256` is lower-case hex. */
export interface BuiltFile {
  readonly path: string;
  readonly sizeBytes: number;
  readonly sha256: string;
}

export interface AssetPattern {
  /** Relative to the asset root (`build/tmp/deploy`); `**` matches any depth. */
  readonly pattern: string;
  readonly required: boolean;
}

export interface OsBuildRequest {
  readonly machine: string;
  readonly slug: string;
  /** Base name of the device-type file: bitbake's DEVICE_TYPE. */
  readonly deviceTypeBaseName: string;
  readonly service: string;
  /** Undefined: the device type's own image. */
  readonly recipe?: string;
  /** The device type's image recipe: what is built when neither recipe nor targets say otherwise. */
  readonly image: string;
  readonly settings: BuildSettings;
  /** File name of the service's docker archive in the images folder. */
  readonly imageOutput: string;
  /** Labels that the archive's image must carry, with their values. */
  readonly expectedLabels: Readonly<Record<string, string>>;
  /** File names in the images folder that must exist afterwards besides the archive (disk images, VERSION_HOSTOS). */
  readonly expectedFiles: readonly string[];
  /** Folder names in the images folder that must exist afterwards and hold files (archive device types). */
  readonly expectedFolders: readonly string[];
  readonly assets: readonly AssetPattern[];
  /** The commit being built; null when the tree has uncommitted changes, so that nothing may be reused. */
  readonly sourceSha: string | null;
}

export interface OsBuildOutput {
  /** Absolute path of `build/tmp/deploy`. */
  readonly assetRoot: string;
  /** Absolute path of `build/tmp/deploy/images/<machine>`. */
  readonly imagesDirectory: string;
  readonly archive: BuiltFile;
  /** The expected files, by name; links resolved. */
  readonly files: Readonly<Record<string, BuiltFile>>;
  /** Files that the asset patterns matched, relative to the asset root, sorted. */
  readonly assets: readonly string[];
  /** Content of VERSION_HOSTOS in the images folder; null for a service without it. */
  readonly hostOsVersion: string | null;
}

/** A program call as it would be made; values of secrets are never in it, their variables are `***`. */
export interface BuildCommand {
  readonly file: string;
  readonly arguments: readonly string[];
  readonly workingDirectory: string;
  readonly environment: Readonly<Record<string, string>>;
}

/** What a build would do, looked up without writing anything. */
export interface BuildDescription {
  /** `barys`, `bitbake`, `kas`, `command`, or one of these `in docker`. */
  readonly frontEnd: string;
  readonly command: BuildCommand;
  /** Names of `command.environment` that osrel sets itself; the rest is the caller's own surroundings. */
  readonly ownVariables: readonly string[];
  /** The settings file osrel writes before the command runs; null when it writes none. */
  readonly settingsFile: { readonly path: string; readonly text: string } | null;
  /** What was chosen and why: template folder, init layer, container image. */
  readonly notes: readonly string[];
  /** Why the command could not run now, each with the next move in its message. */
  readonly problems: readonly Problem[];
}

export interface BuildObserver {
  /** Asks the build to end: tasks that run are finished, no new one is started. */
  readonly signal: AbortSignal;
  /** Asks it to end at once, whatever is lost; always after `signal`. */
  readonly endNow: AbortSignal;
  /** One line of build output, without its line end. */
  readonly onLine: (line: string) => void;
  /** The same for whole lines that came at once, each with a line feed at its end; absent: `onLine` gets each. */
  readonly onLines?: (text: string) => void;
  readonly onProgress: (progress: BuildProgress) => void;
  /** Keeps a copy of a log file (absolute path) under this name. */
  readonly keepLog: (name: string, path: string) => Promise<void>;
}

/** Builds one service of the composition with the repository's front end. */
export interface OsBuilder {
  /** What `build` would run and write, for a dry run. */
  describe(request: OsBuildRequest): Promise<BuildDescription>;
  /** The finished output of this very request (same source, same settings, files unchanged); undefined otherwise. */
  findFinished(request: OsBuildRequest): Promise<OsBuildOutput | undefined>;
  /** Throws kind `tool` when the front end fails, when an expected file is missing or older than the build. */
  build(request: OsBuildRequest, observer: BuildObserver): Promise<OsBuildOutput>;
}
