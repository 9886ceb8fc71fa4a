import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { documentOf, osrel, startOsrel } from './osrel-process.ts';
import { processesIn } from './processes-in.ts';
import { makeTinyCheckout, WITH_SMOKE } from './tiny-checkout.ts';

describe('a release that is asked to stop', () => {
  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('by %s exits with %i, says how to go on, and goes on', async (signal, exitCode) => {
    const { path, write } = await makeTinyCheckout({ osrelYml: WITH_SMOKE });
    await write({ 'build/hold': '' });
    let isSent = false;
    const stopped = await startOsrel(path, ['release', '--json'], {
      onTalk: (talk, running) => {
        if (isSent || !talk.includes('building 6.5.1')) return;
        isSent = true;
        running.kill(signal);
      },
    }).ended;
    expect(stopped.exitCode, stopped.stderr).toBe(exitCode);
    const answer = documentOf(stopped);
    expect(answer).toMatchObject({ outcome: 'cancelled', resume: `osrel resume ${answer.runId}` });
    expect(stopped.stderr).toContain(`osrel resume ${answer.runId}`);
    const journal = await readFile(join(path, '.osrel/runs', answer.runId, 'journal.jsonl'), 'utf8');
    expect(journal.trimEnd().split('\n').at(-1)).toContain('"outcome":"cancelled"');
    expect(await processesIn(path)).toEqual([]);

    await write({ 'build/hold': undefined });
    const resumed = await osrel(path, ['resume', '--json']);
    expect(resumed.exitCode, resumed.stderr).toBe(0);
    expect(documentOf(resumed)).toMatchObject({ runId: answer.runId, outcome: 'done' });
  });

  it('quits at the third signal, even while a program of the build refuses to end', async () => {
    const { path, write } = await makeTinyCheckout();
    await write({
      'build/stubborn': '',
      'build/say.sh': "trap '' TERM INT\necho deaf\nwhile [ -e build/stubborn ]; do sleep 0.02; done\n",
    });
    const signals: string[] = [];
    const stopped = await startOsrel(path, ['build'], {
      onTalk: (talk, running) => {
        if (signals.length === 0 && talk.includes('deaf')) {
          signals.push('first');
          running.kill('SIGINT');
          // By then the first one has arrived: it is told before anything stops.
        } else if (signals.length === 1 && talk.includes('stopping: ')) {
          signals.push('second');
          running.kill('SIGINT');
        } else if (signals.length === 2 && talk.includes('ending at once: ')) {
          signals.push('third');
          running.kill('SIGINT');
        }
      },
    }).ended;
    await write({ 'build/stubborn': undefined });
    expect(signals).toEqual(['first', 'second', 'third']);
    expect(stopped.exitCode, stopped.stderr).toBe(130);
    const again = await osrel(path, ['build']);
    expect(again.exitCode, again.stderr).toBe(0);
  });

  it('stops a command that only looks, without a trace', async () => {
    const { path } = await makeTinyCheckout();
    const running = startOsrel(path, ['plan']);
    setTimeout(() => running.kill('SIGTERM'), 120);
    const { exitCode, signal } = await running.ended;
    expect([0, 143, null]).toContain(exitCode);
    if (exitCode === null) expect(signal).toBe('SIGTERM');
  });
});
