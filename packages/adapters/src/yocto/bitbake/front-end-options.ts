import type { RunProgram } from '../../program-runner.ts';
import type { NotedDeviceType } from './render-conf-notes.ts';

/** How a build of bitbake is ended; both may be called when nothing runs. */
export interface BitbakeStopping {
  /** Asks the bitbake that runs in the build folder to finish its running tasks; `pid` is the started command's. */
  readonly askToEnd: (buildDirectory: string, pid: number) => Promise<void>;
  /** Ends whatever the build left running in its folder. */
  readonly end: (buildDirectory: string) => Promise<void>;
}

/** What every front end that ends in bitbake needs. */
export interface FrontEndOptions {
  /** Absolute path of the repository root. */
  readonly root: string;
  readonly runProgram: RunProgram;
  /** What the build starts from, without any secret. */
  readonly environment: Readonly<Record<string, string>>;
  /** The environment that has the values of `settings.secretVariables`. */
  readonly secrets: Readonly<Record<string, string | undefined>>;
  readonly stopping: BitbakeStopping;
}

export interface BitbakeFrontEndOptions extends FrontEndOptions {
  /** The device types that conf-notes.txt lists; absent: no such file is written. */
  readonly listDeviceTypes?: () => Promise<readonly NotedDeviceType[]>;
}
