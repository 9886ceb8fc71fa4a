import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { promisify } from 'node:util';
import { createTestHistory } from '@osrel/adapters';
import type { HistoryQuestion, TestRecord } from '@osrel/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { suiteReport, testResult } from '../fakes/suite-report.ts';

const EVERYTHING: HistoryQuestion = { slug: null, suite: null, since: null };
const WRITER = join(import.meta.dirname, 'test-history-writer.ts');

let folder = '';
let path = '';
let told: string[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'osrel-history-'));
  path = join(folder, 'history/tests.sqlite');
  told = [];
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const open = () =>
  createTestHistory({ path, tell: (line) => told.push(line), now: () => '2026-07-01T12:00:00.000Z' });

async function recordOf(test: string | null, question = EVERYTHING): Promise<TestRecord | undefined> {
  return (await open().list(question)).find((record) => record.test === test);
}

const day = (number: number): string => `2026-07-0${number}T12:00:00.000Z`;

describe('the history of tests', () => {
  it('is empty before anything ran', async () => {
    expect(await open().list(EVERYTHING)).toEqual([]);
    expect(await open().expectedMs({ slug: 'raspberrypi5', suite: 'os' })).toBeNull();
  });

  it('tells of each test what it did, those that failed most first', async () => {
    const history = open();
    const runs = [
      [testResult('OS > boots'), testResult('OS > wifi', 'failed', { because: 'no link' })],
      [testResult('OS > boots', 'passed', { durationMs: 3000 }), testResult('OS > wifi', 'waived')],
      [testResult('OS > boots', 'failed', { because: 'panic' }), testResult('OS > wifi', 'failed')],
    ];
    for (const [index, tests] of runs.entries()) {
      const verdict = index === 1 ? 'passed' : 'failed';
      await history.record(suiteReport({ tests, verdict, finishedAt: day(index + 1) }));
    }
    const records = await history.list(EVERYTHING);
    expect(records.map((record) => record.test)).toEqual([null, 'OS > wifi', 'OS > boots']);
    expect(records[1]).toMatchObject({
      runs: 3,
      failed: 2,
      waived: 1,
      latest: ['failed', 'waived', 'failed'],
    });
    expect(records[1]).toMatchObject({ lastFailedAt: day(3), lastFailure: 'failed it' });
    expect(records[2]).toMatchObject({ passed: 2, failed: 1, medianMs: 1000, lastFailure: 'panic' });
    expect(records[0]).toMatchObject({ runs: 3, failed: 2, waived: 1, passed: 0 });
  });

  it('counts how often a suite was tried again', async () => {
    const [attempt] = suiteReport().attempts;
    if (attempt === undefined) throw new Error('the sample has no attempt');
    const lost = { ...attempt, verdict: 'rig-failure' as const };
    await open().record(suiteReport({ attempts: [lost, attempt] }));
    await open().record(suiteReport({ verdict: 'rig-failure', tests: [], finishedAt: day(2) }));
    expect(await recordOf(null)).toMatchObject({
      runs: 2,
      retried: 1,
      failed: 1,
      latest: ['rig-failure', 'passed'],
    });
  });

  it('keeps the same report once', async () => {
    await open().record(suiteReport());
    await open().record(suiteReport());
    expect(await recordOf('OS > boots')).toMatchObject({ runs: 1 });
  });

  it('answers for one device type, one suite, one time', async () => {
    await open().record(suiteReport({ finishedAt: day(1) }));
    await open().record(suiteReport({ slug: 'intel-nuc', entry: 'os-qemu', finishedAt: day(3) }));
    const count = async (change: Partial<HistoryQuestion>) =>
      (await open().list({ ...EVERYTHING, ...change })).length;
    expect(await count({ slug: 'intel-nuc' })).toBe(2);
    expect(await count({ suite: 'os' })).toBe(4);
    expect(await count({ suite: 'os-qemu' })).toBe(2);
    expect(await count({ suite: 'hup' })).toBe(0);
    expect(await count({ since: '2026-07-02T00:00:00+02:00' })).toBe(2);
  });

  it('says the 20 latest outcomes and no more', async () => {
    for (let index = 0; index < 25; index += 1) {
      const minute = String(index).padStart(2, '0');
      const verdict = index === 24 ? 'failed' : 'passed';
      await open().record(suiteReport({ verdict, finishedAt: `2026-07-01T12:${minute}:00.000Z` }));
    }
    const record = await recordOf(null);
    expect(record?.latest).toEqual(['failed', ...Array(19).fill('passed')]);
    expect(record?.runs).toBe(25);
  });

  it('expects the median of runs that came to a word about the product', async () => {
    const durations = [100, 900, 200] as const;
    for (const durationMs of durations) await open().record(suiteReport({ durationMs }));
    await open().record(suiteReport({ durationMs: 9_000_000, verdict: 'infrastructure' }));
    expect(await open().expectedMs({ slug: 'raspberrypi5', suite: 'os' })).toBe(200);
    await open().record(suiteReport({ durationMs: 300, verdict: 'failed' }));
    expect(await open().expectedMs({ slug: 'raspberrypi5', suite: 'os' })).toBe(250);
  });

  it('loses nothing when several osrel write at once', async () => {
    const run = promisify(execFile);
    const names = ['1', '2', '3'];
    await Promise.all(names.map((name) => run(process.execPath, [WRITER, path, name, '15'])));
    expect(await recordOf(null)).toMatchObject({ runs: 45 });
    expect(await recordOf('OS > boots')).toMatchObject({ runs: 45 });
  });
});

describe('a history that cannot be used', () => {
  it('is set aside when it is no database, and begins anew', async () => {
    await open().record(suiteReport());
    await writeFile(path, 'this is no database, however long the text may be that stands in it'.repeat(100));
    await open().record(suiteReport());
    expect(await recordOf(null)).toMatchObject({ runs: 1 });
    const names = await readdir(join(folder, 'history'));
    expect(names.sort()).toEqual(['tests.sqlite', 'tests.sqlite.broken-20260701T120000000Z']);
    expect(told).toEqual([expect.stringContaining('tests.sqlite.broken-20260701T120000000Z')]);
  });

  it('is set aside when pages of it are damaged', async () => {
    for (let index = 0; index < 40; index += 1) {
      await open().record(suiteReport({ version: `6.5.${index}`, tests: [testResult(`t${index}`)] }));
    }
    const bytes = await readFile(path);
    await writeFile(path, bytes.fill(0xff, 4096));
    await open().record(suiteReport());
    expect(await recordOf(null)).toMatchObject({ runs: 1 });
    expect(told).toHaveLength(1);
  });

  it('is refused when a newer osrel wrote it, and the run goes on', async () => {
    await open().record(suiteReport());
    const database = new DatabaseSync(path);
    database.exec('PRAGMA user_version = 99');
    database.close();
    await expect(open().list(EVERYTHING)).rejects.toMatchObject({
      code: 'history.newer',
      exitCode: 4,
      message: expect.stringContaining('schema 99'),
    });
    await open().record(suiteReport({ version: '7.0.0' }));
    expect(told).toEqual([expect.stringContaining('schema 99')]);
    expect(await readdir(join(folder, 'history'))).toEqual(['tests.sqlite']);
  });

  it('never ends a run, also where the folder cannot be made', async () => {
    await writeFile(join(folder, 'history'), 'in the way');
    await open().record(suiteReport());
    expect(told).toEqual([expect.stringContaining('the run goes on without it')]);
    await expect(open().list(EVERYTHING)).rejects.toMatchObject({ code: 'history.unusable' });
  });
});
