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
  readonly buildArguments: readonly string[];
  /** File name of the service's docker archive in the images folder. */
  readonly imageOutput: string;
  /** File names in the images folder that must exist afterwards besides the archive (disk images, VERSION_HOSTOS). */
  readonly expectedFiles: readonly string[];
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

export interface BuildCommand {
  readonly file: string;
  readonly arguments: readonly string[];
  readonly workingDirectory: string;
  readonly environment: Readonly<Record<string, string>>;
}

export interface BuildObserver {
  readonly signal: AbortSignal;
  /** One line of build output, without its line end. */
  readonly onLine: (line: string) => void;
}

/** Builds one service of the composition with the repository's own front end. */
export interface OsBuilder {
  /** The exact program call, for a dry run and for the log. */
  describe(request: OsBuildRequest): Promise<BuildCommand>;
  /** The finished output of this very request (same source, same arguments, files unchanged); undefined otherwise. */
  findFinished(request: OsBuildRequest): Promise<OsBuildOutput | undefined>;
  /** Throws kind `tool` when the front end fails, when an expected file is missing or older than the build. */
  build(request: OsBuildRequest, observer: BuildObserver): Promise<OsBuildOutput>;
}
