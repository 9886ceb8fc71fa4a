import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * What a build says: to the terminal and, so that a failure can be read later, into a file.
 * @param {string} file emptied first
 */
export function createBuildConsole(file) {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, '');
  function write(stream, text) {
    stream.write(`${text}\n`);
    appendFileSync(file, `${text}\n`);
  }
  return {
    print: (text) => write(process.stdout, text),
    note: (text) => write(process.stdout, `NOTE: ${text}`),
    warn: (text) => write(process.stderr, `WARNING: ${text}`),
    fail: (text) => write(process.stderr, `ERROR: ${text}`),
  };
}
