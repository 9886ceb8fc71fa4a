import type { NotedBuild, ProcessSignals } from '../program-runner.ts';
import { askBitbakeToEnd } from './stop/ask-bitbake-to-end.ts';
import { endBitbake, listBitbake } from './stop/end-bitbake.ts';

/** Ends builds of bitbake, and remembers for each build folder what was there before. */
export interface BitbakeStopping {
  /** Before a build begins: what works on the folder now is somebody else's and stays. */
  readonly note: (buildDirectory: string) => Promise<NotedBuild>;
  /** The build's own program, which leads a process group. */
  readonly started: (buildDirectory: string, pid: number) => void;
  /** Lets running tasks finish (`pid`: the build's own program); returns when the program's whole group has ended. */
  readonly askToEnd: (buildDirectory: string, pid: number) => Promise<void>;
  /** Ends whatever the build left running in its folder; nothing where no build was noted. */
  readonly end: (buildDirectory: string) => Promise<void>;
}

/** A server ends by itself soon after its client. */
const SERVER_PATIENCE_MS = 10_000;

export function createBitbakeStopping(options: {
  readonly signals: ProcessSignals;
  readonly killAfterMs?: number | undefined;
}): BitbakeStopping {
  const { signals, killAfterMs } = options;
  const noted = new Map<string, { readonly build: NotedBuild; leader: number | null }>();
  return {
    note: async (directory) => {
      const build = { directory, spared: await listBitbake(directory) };
      noted.set(directory, { build, leader: null });
      return build;
    },
    started: (directory, pid) => {
      const found = noted.get(directory);
      if (found !== undefined) found.leader = pid;
    },
    askToEnd: (buildDirectory, leader) => askBitbakeToEnd({ buildDirectory, leader, signals }),
    end: async (buildDirectory) => {
      const found = noted.get(buildDirectory);
      if (found === undefined) return;
      noted.delete(buildDirectory);
      await endBitbake({
        buildDirectory,
        spared: found.build.spared,
        leader: found.leader,
        signals,
        patienceMs: SERVER_PATIENCE_MS,
        ...(killAfterMs === undefined ? {} : { killAfterMs }),
      });
    },
  };
}
