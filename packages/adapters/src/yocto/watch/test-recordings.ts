import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../../../../test/fixtures/bitbake/', import.meta.url));

/** The lines of a recorded run, such as `bitbake-2.8/failing.log`. */
export function recordedLines(name: string): readonly string[] {
  const lines = readFileSync(join(ROOT, name), 'utf8').split('\n');
  return lines.at(-1) === '' ? lines.slice(0, -1) : lines;
}

/** Names of all recorded consoles and terminals. */
export function listRecordedConsoles(): readonly string[] {
  return readdirSync(ROOT, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(?:log|stdout|stderr|typescript)$/.test(name))
    .sort();
}
