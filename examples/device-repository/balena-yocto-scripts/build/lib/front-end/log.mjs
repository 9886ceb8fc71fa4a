import { appendFileSync, writeFileSync } from 'node:fs';

/** Ends barys with status 1 and its message. */
export class BarysError extends Error {
  name = 'BarysError';
}

/**
 * The log of barys: `[NNNNNNNNN][LEVEL]message`, the number being seconds since the start.
 * @param {string | undefined} file where the lines are mirrored; emptied first
 */
export function createLog(file) {
  const start = performance.now();
  if (file !== undefined) writeFileSync(file, '');
  function write(level, message) {
    const seconds = String(Math.floor((performance.now() - start) / 1000)).padStart(9, '0');
    const line = `[${seconds}][${level}]${message}\n`;
    process.stdout.write(line);
    if (file !== undefined) appendFileSync(file, line);
  }
  return {
    log: (message) => write('LOG', message),
    warn: (message) => write('WARNING', message),
    error: (message) => write('ERROR', message),
    header: (text) => file !== undefined && appendFileSync(file, text),
  };
}
