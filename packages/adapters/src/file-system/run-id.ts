import { randomBytes } from 'node:crypto';
import { badUsage } from '@osrel/core';

const RUN_ID = /^([0-9]{4})([0-9]{2})([0-9]{2})-([0-9]{2})([0-9]{2})([0-9]{2})-[A-Za-z0-9._+-]+$/;
const LONGEST_WORD = 60;

/** `20261121-040312-raspberrypi4-64-6.5.1-3f2a`: when (UTC), what, and four random digits. Words may be missing. */
export function newRunId(now: string, words: readonly (string | undefined)[]): string {
  const time = now.slice(0, 19).replace(/[-:]/g, '').replace('T', '-');
  const names = words.flatMap((word) =>
    word === undefined || word === '' ? [] : [word.replace(/[^A-Za-z0-9._+-]/g, '-').slice(0, LONGEST_WORD)],
  );
  return [time, ...names, randomBytes(2).toString('hex')].join('-');
}

/** Whether a name in the runs folder, or on the command line, can be a run's. */
export function isRunId(name: string): boolean {
  return RUN_ID.test(name) && name.length <= 200;
}

/** When the run was created, to the second, ISO 8601. Throws usage `run.malformed-id`. */
export function startOfRunId(runId: string): string {
  const match = RUN_ID.exec(runId);
  if (match === null)
    throw badUsage('run.malformed-id', `${JSON.stringify(runId)} is no run id`, { hint: 'see "osrel runs"' });
  const [, year, month, day, hour, minute, second] = match;
  return `${year}-${month}-${day}T${hour}:${minute}:${second}.000Z`;
}
