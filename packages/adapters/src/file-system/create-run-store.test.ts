import { appendFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  CUT_MARK,
  createRedactor,
  type JournalEntry,
  type LockOwner,
  linkPlan,
  type Plan,
  type RunEvent,
} from '@osrel/core';
import { describe, expect, it } from 'vitest';
import { createRunStore } from './create-run-store.ts';
import { testFolder } from './test-folder.ts';

const AT = '2026-11-21T04:03:12.345Z';

function plan(version = '6.5.1'): Plan {
  return linkPlan({
    system: 'balena-os',
    environment: 'local',
    target: { machine: 'raspberrypi4-64', slug: 'raspberrypi4-64', version, esr: false },
    trigger: { kind: 'tag', repository: 'acme/repo', tag: `v${version}`, sha: 'a'.repeat(40) },
    source: { sha: 'a'.repeat(40), repository: 'acme/repo' },
    stages: { build: 'skip', test: 'skip', deploy: 'skip', finalize: 'skip', esr: 'skip' },
    steps: [],
    decisions: (['build', 'test', 'deploy', 'finalize', 'esr'] as const).map((stage) => ({
      rule: `${stage}.rule`,
      outcome: 'skip',
      because: 'nothing asked for it',
      stage,
    })),
  });
}

async function start(owners: readonly LockOwner[] = [], secrets: readonly string[] = []) {
  const folder = join(await testFolder(), 'runs');
  let now = Date.parse(AT);
  const clock = { now: () => new Date(now).toISOString(), sleep: async () => {} };
  const store = createRunStore({
    folder,
    clock,
    redactor: createRedactor(secrets),
    listOwners: async () => owners,
  });
  return { folder, store, advance: () => (now += 1000) };
}

const started = (runId: string, { planId }: Plan, seq = 0): JournalEntry => ({
  seq,
  at: AT,
  type: 'run-started',
  runId,
  planId,
  schemaVersion: 1,
});
const finished = (seq: number, outcome: 'done' | 'failed'): JournalEntry => ({
  seq,
  at: AT,
  type: 'run-finished',
  outcome,
});

describe('the run store', () => {
  it('makes a folder named by time, target and chance, with the plan in it', async () => {
    const { folder, store } = await start();
    const { runId, startedAt } = await store.create(plan());
    expect(runId).toMatch(/^20261121-040312-raspberrypi4-64-6\.5\.1-[0-9a-f]{4}$/);
    expect(startedAt).toBe(AT);
    expect(JSON.parse(await readFile(join(folder, runId, 'plan.json'), 'utf8'))).toEqual(plan());
  });

  it('gives runs of the same second different folders', async () => {
    const { store } = await start();
    const runs = await Promise.all(Array.from({ length: 20 }, () => store.create(plan())));
    expect(new Set(runs.map(({ runId }) => runId)).size).toBe(20);
  });

  it('opens a run again with its plan and journal', async () => {
    const { store } = await start();
    const { runId, journal } = await store.create(plan());
    await journal.append(started(runId, plan()));
    const record = await store.open(runId);
    expect(record).toMatchObject({ runId, startedAt: AT, plan: plan() });
    expect(await record.journal.read()).toEqual([started(runId, plan())]);
  });

  it.each(['nope', '../../etc', '20261121-040312-x/../../y', ''])(
    'does not know the run %j and says which it knows',
    async (asked) => {
      const { store } = await start();
      const { runId } = await store.create(plan());
      await expect(store.open(asked)).rejects.toMatchObject({
        kind: 'usage',
        code: 'run.unknown',
        details: { runs: [runId] },
      });
      await expect(store.openEventLog(asked)).rejects.toMatchObject({ code: 'run.unknown' });
    },
  );

  it('refuses a plan that was edited, and one that is not the journalled one', async () => {
    const { folder, store } = await start();
    const { runId, journal } = await store.create(plan());
    const file = join(folder, runId, 'plan.json');
    await writeFile(file, JSON.stringify({ ...plan(), environment: 'production' }));
    await expect(store.open(runId)).rejects.toMatchObject({ kind: 'integrity', code: 'plan.altered' });
    await journal.append(started(runId, plan()));
    await writeFile(file, JSON.stringify(plan('6.5.2')));
    await expect(store.open(runId)).rejects.toMatchObject({ kind: 'integrity', code: 'plan.altered' });
    await writeFile(file, '{');
    await expect(store.open(runId)).rejects.toMatchObject({ code: 'plan.altered' });
  });

  it('tells done, failed, interrupted and running apart, newest first', async () => {
    const owners: LockOwner[] = [];
    const { store, advance } = await start(owners);
    const outcomes = ['done', 'failed', null, null] as const;
    const ids: string[] = [];
    for (const outcome of outcomes) {
      const { runId, journal } = await store.create(plan());
      ids.push(runId);
      if (outcome !== null) await journal.append(started(runId, plan()));
      if (outcome !== null) await journal.append(finished(1, outcome));
      advance();
    }
    owners.push({ pid: 1, host: 'h', runId: ids[3] ?? '', since: AT });
    const found = new Map((await store.list()).map(({ runId, outcome }) => [runId, outcome]));
    expect(ids.map((id) => found.get(id))).toEqual(['done', 'failed', 'interrupted', 'running']);
    expect((await store.list())[0]?.runId).toBe(ids[3]);
  });

  it('calls a failed run that was resumed and cut short interrupted', async () => {
    const { store } = await start();
    const { runId, journal } = await store.create(plan());
    await journal.append(started(runId, plan()));
    await journal.append(finished(1, 'failed'));
    await journal.append(started(runId, plan(), 2));
    expect((await store.list())[0]?.outcome).toBe('interrupted');
  });

  it('lists the readable runs when a folder is half made, foreign or damaged', async () => {
    const { folder, store } = await start();
    const { runId } = await store.create(plan());
    await mkdir(join(folder, '20261121-040000-half-0000'));
    await mkdir(join(folder, 'notes'));
    const damaged = await store.create(plan());
    await appendFile(join(folder, damaged.runId, 'journal.jsonl'), 'nonsense\n');
    expect((await store.list()).map((run) => run.runId)).toEqual([runId]);
  });

  it('keeps refusals with their decisions and shows them among the runs', async () => {
    const { store } = await start();
    const refusal = {
      startedAt: AT,
      command: 'osrel finalize',
      target: { slug: 'raspberrypi4-64' },
      error: { code: 'release.evidence', message: 'too little', hint: null, exitCode: 3 },
      decisions: [
        { rule: 'finalize.evidence', outcome: 'refuse', because: 'no suite ran', stage: 'finalize' as const },
      ],
    };
    const runId = await store.recordRefusal(refusal);
    expect(await store.listRefusals()).toEqual([{ ...refusal, runId }]);
    expect(await store.list()).toMatchObject([
      { runId, outcome: 'refused', target: { slug: 'raspberrypi4-64', version: '' } },
    ]);
    await expect(store.open(runId)).rejects.toMatchObject({ code: 'run.unknown' });
  });

  it('is empty where nothing ever ran', async () => {
    const { store } = await start();
    expect([await store.list(), await store.listRefusals()]).toEqual([[], []]);
  });
});

describe('the event log of a run', () => {
  const line = (runId: string, stepId: string, text: string): RunEvent => ({
    at: AT,
    runId,
    stepId,
    type: 'step-log',
    line: text,
  });

  it('keeps the log lines of each step in order, as they came', async () => {
    const { folder, store } = await start();
    const { runId } = await store.create(plan());
    const log = await store.openEventLog(runId);
    const texts = Array.from({ length: 500 }, (_, turn) => `line ${turn} "quoted" \\n $& \u2028 \u001b[0m`);
    for (const [turn, text] of texts.entries()) {
      log.keep(line(runId, 'build-hostapp', text));
      if (turn % 7 === 0) log.keep(line(runId, 'push/tools', `other ${turn}`));
      // A new batch.
      if (turn % 50 === 0) await new Promise(setImmediate);
    }
    await log.close();
    const logs = join(folder, runId, 'logs');
    expect((await readdir(logs)).sort()).toEqual(['build-hostapp.log', 'push%2Ftools.log']);
    expect(await readFile(join(logs, 'build-hostapp.log'), 'utf8')).toBe(`${texts.join('\n')}\n`);
    expect(await readFile(join(logs, 'push%2Ftools.log'), 'utf8')).toMatch(/^other 0\nother 7\nother 14\n/);
  });

  it('keeps lines that came at once among the others, and the pieces of a long one as one', async () => {
    const { folder, store } = await start();
    const { runId } = await store.create(plan());
    const log = await store.openEventLog(runId);
    log.keep(line(runId, 'build', 'one'));
    log.keepLines({ at: AT, runId, stepId: 'build', text: 'two\n\nthree\n' });
    log.keepLines({ at: AT, runId, stepId: 'build', text: `fo${CUT_MARK}\n` });
    log.keepLines({ at: AT, runId, stepId: 'build', text: 'ur\n' });
    log.keep(line(runId, 'build', 'five'));
    await log.close();
    const kept = await readFile(join(folder, runId, 'logs/build.log'), 'utf8');
    expect(kept).toBe('one\ntwo\n\nthree\nfour\nfive\n');
  });

  it('keeps a line on disk before the run goes on for long, not only at its end', async () => {
    const { folder, store } = await start();
    const { runId } = await store.create(plan());
    const log = await store.openEventLog(runId);
    log.keep(line(runId, 'build', 'told'));
    await new Promise(setImmediate);
    expect(await readFile(join(folder, runId, 'logs/build.log'), 'utf8')).toBe('told\n');
    await log.close();
  });

  it('keeps all other events in order, redacted, each as JSON', async () => {
    const { folder, store } = await start([], ['tok"en-secret-1']);
    const { runId } = await store.create(plan());
    const log = await store.openEventLog(runId);
    for (let turn = 0; turn < 3; turn += 1) {
      log.keep({ at: AT, runId, type: 'cancelling', because: `${turn} of tok"en-secret-1` });
      log.keep(line(runId, 'build', 'in between'));
    }
    await log.close();
    const events = (await readFile(join(folder, runId, 'events.jsonl'), 'utf8')).trimEnd().split('\n');
    expect(events.map((text) => JSON.parse(text).because)).toEqual(['0 of ***', '1 of ***', '2 of ***']);
  });

  it('puts the pieces of a long line together again in the log', async () => {
    const { folder, store } = await start();
    const { runId } = await store.create(plan());
    const log = await store.openEventLog(runId);
    for (const text of [`one ${CUT_MARK}`, `two ${CUT_MARK}`, 'three', 'next'])
      log.keep(line(runId, 'build', text));
    await log.close();
    expect(await readFile(join(folder, runId, 'logs', 'build.log'), 'utf8')).toBe('one two three\nnext\n');
  });

  it('goes on where an earlier attempt of the run stopped', async () => {
    const { folder, store } = await start();
    const { runId } = await store.create(plan());
    for (const text of ['first', 'second']) {
      const log = await store.openEventLog(runId);
      log.keep(line(runId, 'build', text));
      await log.close();
    }
    expect(await readFile(join(folder, runId, 'logs', 'build.log'), 'utf8')).toBe('first\nsecond\n');
  });

  it('never throws while it keeps, and says at the end that lines were lost', async () => {
    const { folder, store } = await start();
    const { runId } = await store.create(plan());
    const log = await store.openEventLog(runId);
    await mkdir(join(folder, runId, 'logs/build.log'));
    expect(() => log.keep(line(runId, 'build', 'x'))).not.toThrow();
    await expect(log.close()).rejects.toMatchObject({ code: 'EISDIR' });
  });
});
