#!/usr/bin/env node
// The one entry of every npm script. It needs only some Node >= 18 with npm: it brings Node 24, pnpm and the
// locked dependencies into this checkout first (see setup.mjs), then runs the task under that Node.
import { spawnSync } from 'node:child_process';
import { setUp } from './setup.mjs';
import { TASKS } from './tasks.mjs';

const [taskName = '', ...rest] = process.argv.slice(2);
const task = TASKS[taskName];
if (task === undefined) {
  console.error(`unknown task "${taskName}"; known: ${Object.keys(TASKS).join(', ')}`);
  process.exit(2);
}

const { node, env, root } = setUp();
for (const step of task({ node, rest })) {
  if (step.say !== undefined) console.error(`\n== ${step.say}`);
  const result = spawnSync(step.command, step.args, {
    cwd: root,
    env: { ...env, ...step.env },
    stdio: 'inherit',
  });
  if (result.error !== undefined) {
    console.error(`${step.command}: ${result.error.message}`);
    process.exit(1);
  }
  if (result.signal !== null) process.kill(process.pid, result.signal);
  if (result.status !== 0) process.exit(result.status ?? 1);
}
