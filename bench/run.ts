// Runs every benchmark of this folder, one after the other, each as a process of its own.
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

const own = 'run.ts';
const wanted = process.argv.slice(2);
const names = readdirSync(import.meta.dirname).filter((name) => name.endsWith('.ts') && name !== own);
for (const name of names.filter(
  (each) => wanted.length === 0 || wanted.includes(each.replace(/\.ts$/, '')),
)) {
  console.log(`\n== ${name}`);
  const { status } = spawnSync(process.execPath, [join(import.meta.dirname, name)], { stdio: 'inherit' });
  if (status !== 0) process.exitCode = 1;
}
