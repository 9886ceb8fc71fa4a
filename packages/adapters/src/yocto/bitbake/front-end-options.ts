import type { RunProgram } from '../../program-runner.ts';
import type { BitbakeStopping } from '../create-bitbake-stopping.ts';
import type { NotedDeviceType } from './render-conf-notes.ts';

/** What every front end that ends in bitbake needs. */
export interface FrontEndOptions {
  /** Absolute path of the repository root. */
  readonly root: string;
  readonly runProgram: RunProgram;
  /** What the build starts from, without any secret. */
  readonly environment: Readonly<Record<string, string>>;
  /** The environment that has the values of `settings.secretVariables`. */
  readonly secrets: Readonly<Record<string, string | undefined>>;
  /** How a build of bitbake is ended; both may be called when nothing runs. */
  readonly stopping: Pick<BitbakeStopping, 'askToEnd' | 'end'>;
}

export interface BitbakeFrontEndOptions extends FrontEndOptions {
  /** The device types that conf-notes.txt lists; absent: no such file is written. */
  readonly listDeviceTypes?: () => Promise<readonly NotedDeviceType[]>;
}
