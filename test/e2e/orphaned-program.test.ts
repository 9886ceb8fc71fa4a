import { describe, expect, it } from 'vitest';
import { documentOf, startOsrel } from './osrel-process.ts';
import { processesIn } from './processes-in.ts';
import { makeTinyCheckout, WITH_SMOKE } from './tiny-checkout.ts';

const WAITING = 'echo waiting\nwhile [ -e build/wait ]; do sleep 0.02; done\n';

describe('a program whose osrel was killed', () => {
  it.each([
    ['build', 'resume'],
    ['build', 'release'],
    ['suite', 'resume'],
    ['suite', 'release'],
  ])('a %s is stopped by osrel %s before it runs again', async (what, next) => {
    const files = what === 'suite' ? { 'tests/say.sh': WAITING } : {};
    const { path, write } = await makeTinyCheckout({ osrelYml: WITH_SMOKE, files });
    await write({ 'build/wait': '', ...(what === 'build' ? { 'build/say.sh': WAITING } : {}) });
    await startOsrel(path, ['release'], {
      onTalk: (talk, running) => {
        if (talk.includes('] waiting\n')) running.kill('SIGKILL');
      },
    }).ended;
    const orphans = await processesIn(path);
    expect(orphans.length).toBeGreaterThan(0);

    let left: Promise<readonly number[]> | undefined;
    const ended = await startOsrel(path, [next, '--json'], {
      onTalk: (talk) => {
        if (left !== undefined || !talk.includes('] waiting\n')) return;
        // The new program still waits, so an old one that is gone was stopped and did not end by itself.
        left = processesIn(path).then(async (pids) => {
          await write({ 'build/wait': undefined });
          return pids.filter((pid) => orphans.includes(pid));
        });
      },
    }).ended;
    expect(ended.exitCode, ended.stderr).toBe(0);
    expect(await left).toEqual([]);
    expect(documentOf(ended).outcome).toBe('done');
    expect(await processesIn(path)).toEqual([]);
  });
});
