import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

/**
 * Runs tasks in their order. After a failure nothing more starts, or with `continue` all that does not need
 * the failed recipe.
 * @param {{ recipe: object, name: string, needs: string[], run: (build: object) => Promise<void> }[]} tasks
 * @param {object} build what the tasks share
 * @param {Set<string>} wanted flags of the run
 * @returns {Promise<object[]>} the failed tasks
 */
export async function runTasks(tasks, build, wanted) {
  const failed = [];
  const broken = new Set();
  let attempted = 0;
  for (const [index, task] of tasks.entries()) {
    const { recipe, name } = task;
    if (broken.has(recipe.name) || task.needs.some((need) => broken.has(need))) {
      broken.add(recipe.name);
      continue;
    }
    attempted += 1;
    if (!wanted.has('quiet'))
      build.terminal.note(`Running task ${index + 1} of ${tasks.length} (${recipe.file}:${name})`);
    if (await runTask(task, build)) continue;
    failed.push(task);
    broken.add(recipe.name);
    if (!wanted.has('continue')) break;
  }
  printSummary({ attempted, failed, build });
  return failed;
}

async function runTask({ recipe, name, run }, build) {
  const { terminal } = build;
  const label = `${recipe.name}-${recipe.version}-r0`;
  terminal.note(`recipe ${label}: task ${name}: Started`);
  try {
    await delayForDemonstrations(name);
    await run(build);
  } catch (error) {
    // A task may fail in any way its inputs allow; the build reports it and goes on as -k says.
    const log = taskLog(build, recipe, name);
    await mkdir(dirname(log), { recursive: true });
    await writeFile(log, `${error.stack}\n`);
    terminal.fail(`${label} ${name}: ${error.message}`);
    terminal.fail(`Logfile of failure stored in: ${log}`);
    terminal.fail(`Task (${recipe.file}:${name}) failed with exit code '1'`);
    terminal.note(`recipe ${label}: task ${name}: Failed`);
    return false;
  }
  terminal.note(`recipe ${label}: task ${name}: Succeeded`);
  return true;
}

/** EXAMPLE_BUILD_DELAY_MS stretches a build, so that somebody has the time to interrupt it. */
async function delayForDemonstrations(task) {
  const delay = Number(process.env.EXAMPLE_BUILD_DELAY_MS ?? 0);
  if (task === 'do_rootfs' && Number.isFinite(delay) && delay > 0) await wait(delay);
}

// Beside the work folders, which rm_work removes.
function taskLog(build, recipe, task) {
  return join(build.temporary, 'log/tasks', build.machine, `${recipe.name}-${recipe.version}-r0.${task}.log`);
}

function printSummary({ attempted, failed, build }) {
  const { terminal } = build;
  const outcome = failed.length === 0 ? 'all succeeded' : `${failed.length} failed`;
  terminal.note(
    `Tasks Summary: Attempted ${attempted} tasks of which 0 didn't need to be rerun and ${outcome}.`,
  );
  if (failed.length === 0) return;
  const lines = failed.map(
    ({ recipe, name }) => `  ${recipe.file}:${name}\n    log: ${taskLog(build, recipe, name)}`,
  );
  terminal.print(
    `\nSummary: ${failed.length} ${failed.length === 1 ? 'task' : 'tasks'} failed:\n${lines.join('\n')}`,
  );
}
