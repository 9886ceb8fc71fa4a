// Restores the manifest when the npm that packs has ended, however it ended: a failed pack runs no postpack.
import { setTimeout as sleep } from 'node:timers/promises';
import { restoreManifest } from './package-manifest.mjs';

const npm = Number(process.argv[2]);

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

while (isAlive(npm)) await sleep(200);
restoreManifest();
