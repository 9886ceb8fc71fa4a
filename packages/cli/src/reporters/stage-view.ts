import type { Stage } from '@osrel/core';
import type { ListrTask } from 'listr2';
import type { Paint } from '../text/paint.ts';

/** One stage in the tree: a line while none of its steps has begun, so that what runs is seen; then its steps. */
export interface StageView {
  readonly task: ListrTask;
  /** A step of it has something to show, or nothing more will come. */
  readonly open: () => void;
  readonly isOpen: () => boolean;
}

export interface StageViewOptions {
  readonly stage: Stage;
  readonly steps: readonly ListrTask[];
  readonly paint: Paint;
}

export function createStageView({ stage, steps, paint }: StageViewOptions): StageView {
  const opened = Promise.withResolvers<void>();
  let isOpen = false;
  return {
    task: {
      title: `${stage} ${paint.faint(steps.length === 1 ? '(1 step waits)' : `(${steps.length} steps wait)`)}`,
      task: async (_ctx, task) => {
        await opened.promise;
        task.title = stage;
        return task.newListr([...steps], { concurrent: true, exitOnError: false });
      },
    },
    open: () => {
      isOpen = true;
      opened.resolve();
    },
    isOpen: () => isOpen,
  };
}
