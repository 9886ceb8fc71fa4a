/** A folder, file or socket of this machine inside a container. Both are absolute paths. */
export interface ContainerMount {
  readonly source: string;
  readonly target: string;
  readonly access: 'read-write' | 'read-only';
}

/** One container that is run in the foreground and removed when it ends. */
export interface ContainerRun {
  readonly name: string;
  /** `NAME=value`, written on the container itself: by it an owner finds its containers again. */
  readonly label: string;
  readonly mounts: readonly ContainerMount[];
  /** Not secret: they are arguments of the engine, which everybody on the machine can read. */
  readonly variables: Readonly<Record<string, string>>;
  /** Absolute path of a file with `NAME=value` lines, for what must not be an argument. */
  readonly environmentFile: string;
  /** With a digest, or an image id. */
  readonly image: string;
  readonly command: readonly string[];
}

/** An image this machine has. */
export interface LocalImage {
  /** `sha256:` and 64 hex digits. */
  readonly id: string;
  /** `name@sha256:...` under which registries know it; empty for an image that was made on this machine. */
  readonly digests: readonly string[];
}

/** Follows a call that may take long. */
export interface EngineObserver {
  readonly signal: AbortSignal;
  readonly onLine: (line: string) => void;
}

export interface PullOutcome {
  /** The digest the engine named while it pulled: `sha256:` and 64 hex digits; undefined when it named none. */
  readonly digest: string | undefined;
}

export interface LabelledContainer {
  readonly id: string;
  /** The label's value. */
  readonly value: string;
}

/** A container engine that answered. */
export interface ContainerEngine {
  readonly name: 'docker' | 'podman';
  /** What it is started as: a name in the environment's PATH, or a path. */
  readonly file: string;
  /** podman without root: user ids inside are not those outside. */
  readonly isRootless: boolean;
  /** The arguments of the run, for the one who starts it. */
  readonly runArguments: (run: ContainerRun) => readonly string[];
  /** The image under that reference, if this machine has it. Never asks a registry. */
  readonly findImage: (reference: string, signal: AbortSignal) => Promise<LocalImage | undefined>;
  /** Throws upstream `container.pull-failed`. */
  readonly pull: (reference: string, observer: EngineObserver) => Promise<PullOutcome>;
  /** Runs a program in a running container as root and gives its exit code; that of the engine when there is no such container. */
  readonly execute: (
    container: string,
    words: readonly string[],
    observer: EngineObserver,
  ) => Promise<number>;
  /** Containers with a label of that name, in any state. `value` narrows it to one value. */
  readonly listLabelled: (label: {
    readonly name: string;
    readonly value?: string;
  }) => Promise<readonly LabelledContainer[]>;
  /** SIGTERM to its first process, SIGKILL after the seconds; a container that is gone already is none of its errors. */
  readonly stop: (container: string, graceSeconds: number) => Promise<void>;
  /** Kills it if it runs, and removes it with its volumes. Throws tool `container.not-removed`. */
  readonly remove: (container: string) => Promise<void>;
}

export interface EngineProblem {
  readonly code:
    | 'container.no-engine'
    | 'container.no-daemon'
    | 'container.engine-refused'
    | 'container.engine-silent';
  readonly message: string;
  readonly hint: string;
}

export type EngineSearch =
  | { readonly kind: 'found'; readonly engine: ContainerEngine; readonly notes: readonly string[] }
  | { readonly kind: 'missing'; readonly problem: EngineProblem };

/** Looks for an engine of that kind that works, by asking each for its state. */
export type FindContainerEngine = (
  wish: 'auto' | 'docker' | 'podman',
  signal: AbortSignal,
) => Promise<EngineSearch>;
