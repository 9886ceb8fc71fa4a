// Before `npm pack` and `npm publish`: builds the bundle, then strips the manifest. Runs under any Node >= 18.
import { spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { PACKAGE, restoreManifest, stripManifest } from './package-manifest.mjs';

restoreManifest();
const run = join(PACKAGE, '..', '..', 'scripts', 'run.mjs');
const built = spawnSync(process.execPath, [run, 'build'], { stdio: ['ignore', 2, 2] });
if (built.status !== 0) process.exit(built.status ?? 1);
stripManifest();
const watcher = [join(PACKAGE, 'scripts', 'restore-later.mjs'), String(packer())];
spawn(process.execPath, watcher, { detached: true, stdio: 'ignore' }).unref();

/** Process id of npm: our parent, or the parent of the shell that npm starts scripts in. */
function packer() {
  const { stdout } = spawnSync('ps', ['-o', 'ppid=,comm=', '-p', String(process.ppid)], { encoding: 'utf8' });
  const [, parent, name] = /^\s*(\d+)\s+(\S+)/.exec(stdout ?? '') ?? [];
  return parent !== undefined && /(^|\/)(sh|dash|bash|zsh)$/.test(name) ? Number(parent) : process.ppid;
}
