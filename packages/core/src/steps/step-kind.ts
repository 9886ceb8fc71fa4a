import type { z } from 'zod';
import type { BuildProgress } from '../model/build-progress.ts';
import type { PortName, Ports } from '../ports/ports.ts';
import type { SuiteProgress } from '../ports/test-lab.ts';

export type ProgressUnit = 'bytes' | 'files' | 'tasks' | 'tests';

/** What a step may use while it probes or runs. */
export interface StepRun<Name extends PortName = PortName> {
  readonly ports: Pick<Ports, Name>;
  readonly planId: string;
  /** Asks the step to end; work that cannot be cut may be finished first. */
  readonly signal: AbortSignal;
  /** Asks it to end at once, whatever is lost; never aborted before `signal`. */
  readonly endNow: AbortSignal;
  readonly log: (line: string) => void;
  /** Logs whole lines at once, each with a line feed at its end: for a tool that prints a lot. */
  readonly logLines: (text: string) => void;
  /** Keeps a copy of a log that a tool left behind with the run's own logs, secrets hidden. */
  readonly keepLog: (name: string, path: string) => Promise<void>;
  /** Keeps a copy of any other file with the run's own logs, as it is. */
  readonly keepFile: (name: string, path: string) => Promise<void>;
  /** Keeps a text with the run's own logs, secrets hidden. */
  readonly keepText: (name: string, text: string) => Promise<void>;
  /** `more`: what a build or a suite tells beyond the numbers. */
  readonly progress: (
    done: number,
    total: number | null,
    unit: ProgressUnit,
    more?: { readonly build?: BuildProgress; readonly suite?: SuiteProgress },
  ) => void;
}

/** A probe's answer: is the work done already, and done right? */
export type Probed<Output> =
  | { readonly done: true; readonly output: Output; readonly because: string }
  | { readonly done: false };

export const notDone = { done: false } as const;

/**
 * One kind of step. `probe` only reads. `run` may be called again after a crash at any point of an earlier call,
 * so it must be safe to repeat; whatever it finishes, a later `probe` must recognise.
 */
export interface StepKind<Input, Output, Name extends PortName = PortName> {
  readonly kind: string;
  readonly writes: boolean;
  readonly input: z.ZodType<Input>;
  readonly output: z.ZodType<Output>;
  readonly ports: readonly Name[];
  /** How many steps of this kind may run at once; undefined: no limit but the engine's. */
  readonly concurrency?: number;
  /** Its work is done by other machines that have a limit of their own: it takes none of the engine's places. */
  readonly waitsElsewhere?: boolean;
  readonly probe: (input: Input, run: StepRun<Name>) => Promise<Probed<Output>>;
  readonly run: (input: Input, run: StepRun<Name>) => Promise<Output>;
}

/** The same, with its types forgotten: what the registry holds and the engine drives. */
export interface AnyStepKind {
  readonly kind: string;
  readonly writes: boolean;
  readonly input: z.ZodType;
  readonly output: z.ZodType;
  readonly ports: readonly PortName[];
  readonly concurrency?: number;
  /** Its work is done by other machines that have a limit of their own: it takes none of the engine's places. */
  readonly waitsElsewhere?: boolean;
  readonly probe: (input: unknown, run: StepRun) => Promise<Probed<unknown>>;
  readonly run: (input: unknown, run: StepRun) => Promise<unknown>;
}

/** Declares a step kind with its types inferred from its schemas. */
export function defineStepKind<Input, Output, const Name extends PortName>(
  kind: StepKind<Input, Output, Name>,
): StepKind<Input, Output, Name> {
  return kind;
}

/** Forgets a kind's types; inputs are parsed with its own schema before they reach it. */
export function eraseStepKind<Input, Output, Name extends PortName>(
  kind: StepKind<Input, Output, Name>,
): AnyStepKind {
  return {
    ...kind,
    probe: (input, run) => kind.probe(kind.input.parse(input), run),
    run: (input, run) => kind.run(kind.input.parse(input), run),
  };
}
