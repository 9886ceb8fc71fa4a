import type { ListrTask } from 'listr2';
import type { Paint } from '../text/paint.ts';

/** One step in the tree: a task that ends when it is told to. */
export interface StepView {
  readonly task: ListrTask;
  readonly start: () => void;
  /** Shows a line below the step, in place of the last one. */
  readonly show: (line: string) => void;
  readonly finish: (note: string) => void;
  readonly fail: (note: string) => void;
  /** The run ended without a word about this step. */
  readonly leave: () => void;
}

export function createStepView(summary: string, paint: Paint): StepView {
  const ended = Promise.withResolvers<void>();
  // A failure may come before the tree has begun to wait for it.
  ended.promise.catch(() => undefined);
  let shown: { title: string; output: string } = { title: paint.faint(`${summary} (waits)`), output: '' };
  let redraw: (() => void) | undefined;
  const set = (change: Partial<typeof shown>): void => {
    shown = { ...shown, ...change };
    redraw?.();
  };
  return {
    task: {
      title: shown.title,
      task: (_ctx, task) => {
        redraw = () => {
          task.title = shown.title;
          task.output = shown.output;
        };
        redraw();
        return ended.promise;
      },
    },
    start: () => set({ title: summary }),
    show: (line) => set({ output: line }),
    finish: (note) => {
      set({ title: `${summary} ${paint.faint(note)}`, output: '' });
      ended.resolve();
    },
    fail: (note) => {
      set({ title: `${summary}: ${note}`, output: '' });
      ended.reject(new Error(note));
    },
    leave: () => ended.resolve(),
  };
}
