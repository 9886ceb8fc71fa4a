import type { ListrTask } from 'listr2';
import type { Paint } from '../text/paint.ts';

export interface StepViewOptions {
  readonly summary: string;
  readonly paint: Paint;
  /** Called when what is shown has changed and `draw` is to be called some time soon. */
  readonly changed: (view: StepView) => void;
}

/** One step in the tree: a task that ends when it is told to. */
export interface StepView {
  readonly task: ListrTask;
  readonly start: () => void;
  /** Shows a remark behind the summary and lines below the step, in place of the last ones. */
  readonly show: (remark: string, lines: readonly string[]) => void;
  readonly finish: (note: string) => void;
  readonly fail: (note: string) => void;
  /** The run ended without a word about this step. */
  readonly leave: () => void;
  /** Hands what has changed to the tree. */
  readonly draw: () => void;
}

interface Shown {
  readonly title: string;
  readonly output: string;
}

export function createStepView({ summary, paint, changed }: StepViewOptions): StepView {
  const ended = Promise.withResolvers<void>();
  // A failure may come before the tree has begun to wait for it.
  ended.promise.catch(() => undefined);
  let wanted: Shown = { title: paint.faint(`${summary} (waits)`), output: '' };
  let drawn: Shown = wanted;
  let put: ((shown: Shown) => void) | undefined;
  const view: StepView = {
    task: {
      title: wanted.title,
      task: (_ctx, task) => {
        put = (shown) => {
          // Each of the two redraws the whole tree.
          if (shown.title !== drawn.title) task.title = shown.title;
          if (shown.output !== drawn.output) task.output = shown.output;
          drawn = shown;
        };
        view.draw();
        return ended.promise;
      },
    },
    start: () => set({ title: summary, output: wanted.output }),
    show: (remark, lines) =>
      set({ title: remark === '' ? summary : `${summary}: ${remark}`, output: lines.join('\n') }),
    finish: (note) => {
      set({ title: `${summary} ${paint.faint(note)}`, output: '' });
      view.draw();
      ended.resolve();
    },
    fail: (note) => {
      set({ title: `${summary}: ${note}`, output: '' });
      view.draw();
      ended.reject(new Error(note));
    },
    leave: () => {
      view.draw();
      ended.resolve();
    },
    draw: () => put?.(wanted),
  };
  const set = (shown: Shown): void => {
    wanted = shown;
    changed(view);
  };
  return view;
}
