import { spawnSync } from 'node:child_process';
import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeFolder, ROOT, runOsrel } from './run-osrel.ts';

const MACHINE = 'raspberrypi4-64';

/** The example repository with one machine, committed. */
async function makeRepository(): Promise<string> {
  const cwd = await makeFolder();
  await cp(join(ROOT, 'examples/device-repository'), cwd, {
    recursive: true,
    filter: (path) => !/\/(build-tools|\.osrel|deploy)$/.test(path),
  });
  await rm(join(cwd, 'generic-amd64.coffee'));
  const git = (...words: readonly string[]) =>
    spawnSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b.c', ...words], { cwd });
  git('init', '-q', '-b', 'main');
  git('add', '-A');
  git('commit', '-q', '-m', 'first');
  return cwd;
}

describe('a release in the embedded world', () => {
  it('does exactly the saved plan, tells everybody about it, and finds nothing to do the second time (W30)', async () => {
    const cwd = await makeRepository();
    const planned = await runOsrel(['plan', '--json', '--out', 'plan.json'], { cwd });
    const plan = JSON.parse(planned.stdout);
    expect(plan).toMatchObject({
      schemaVersion: 1,
      environment: 'local',
      target: { machine: MACHINE, version: '6.5.1', esr: false },
      stages: { finalize: 'run', esr: 'skip' },
    });

    const summary = join(cwd, '../', `summary-${plan.planId.slice(0, 8)}`);
    const env = { GITHUB_ACTIONS: 'true', GITHUB_STEP_SUMMARY: summary, MY_API_TOKEN: 'balena-image' };
    const ran = await runOsrel(['run', '--plan', 'plan.json', '--json', '--events', '.osrel/events.jsonl'], {
      cwd,
      env,
    });
    expect(ran.exitCode, ran.stderr).toBe(0);
    const report = JSON.parse(ran.stdout);
    expect(report).toMatchObject({ schemaVersion: 1, planId: plan.planId, outcome: 'done' });
    expect(report.steps.map((step: { id: string }) => step.id)).toEqual(
      plan.steps.map((step: { id: string }) => step.id),
    );
    expect(ran.stderr).toContain('::add-mask::balena-image');
    // What a variable says is a secret is hidden wherever a tool prints it.
    expect(ran.stderr.replace('::add-mask::balena-image', '')).not.toContain('balena-image');
    expect(await readFile(summary, 'utf8')).toContain(`osrel: ${MACHINE} 6.5.1: done`);
    await rm(summary);
    const events = (await readFile(join(cwd, '.osrel/events.jsonl'), 'utf8'))
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line).type);
    expect([events[0], events.at(-1)]).toEqual(['run-started', 'run-finished']);

    const again = await runOsrel(['release', '--json'], { cwd });
    expect(JSON.parse(again.stdout)).toMatchObject({ outcome: 'done', steps: [] });
    expect((await runOsrel(['verify', `deploy/${MACHINE}/6.5.1`], { cwd })).exitCode).toBe(0);
    const status = JSON.parse((await runOsrel(['status', '--json'], { cwd })).stdout);
    expect(status.lines[0].versions).toEqual([
      {
        version: '6.5.1',
        gitTag: null,
        release: 'final',
        releaseIds: [1],
        draftIds: [],
        doubledIds: [],
        store: 'published',
        isLatest: true,
      },
    ]);
    expect((await runOsrel(['status', '--audit'], { cwd })).exitCode).toBe(8);
  });

  it('stops at the first signal with 130 and goes on where it stopped', async () => {
    const cwd = await makeRepository();
    let sent = false;
    const stopped = await runOsrel(['release'], {
      cwd,
      onTalk: (talk, kill) => {
        if (sent || !talk.includes('build-hostapp')) return;
        sent = true;
        kill('SIGINT');
      },
    });
    expect(stopped.exitCode, stopped.stderr).toBe(130);
    const resume = /osrel resume (\S+)/.exec(stopped.stderr)?.[1] ?? '';
    const runs = JSON.parse((await runOsrel(['runs', '--json'], { cwd })).stdout).runs;
    expect(runs).toMatchObject([{ runId: resume, outcome: 'cancelled' }]);
    expect((await runOsrel(['why', 'last'], { cwd })).stdout).toContain(`osrel resume ${resume}`);
    const resumed = await runOsrel(['resume', '--json'], { cwd });
    expect(resumed.exitCode, resumed.stderr).toBe(0);
    expect(JSON.parse(resumed.stdout)).toMatchObject({ runId: resume, outcome: 'done' });
  });

  it('refuses a plan that was altered or whose source moved', async () => {
    const cwd = await makeRepository();
    await runOsrel(['plan', '--out', 'plan.json'], { cwd });
    const text = await readFile(join(cwd, 'plan.json'), 'utf8');
    await writeFile(join(cwd, 'plan.json'), text.replace('6.5.1', '6.5.2'));
    expect((await runOsrel(['run', '--plan', 'plan.json'], { cwd })).exitCode).toBe(8);
    await writeFile(join(cwd, 'plan.json'), text);
    spawnSync(
      'git',
      ['-c', 'user.name=a', '-c', 'user.email=a@b.c', 'commit', '-q', '--allow-empty', '-m', 'second'],
      { cwd },
    );
    const stale = await runOsrel(['run', '--plan', 'plan.json', '--json'], { cwd });
    expect(stale.exitCode).toBe(4);
    expect(JSON.parse(stale.stdout).error.code).toBe('plan.stale');
  });

  it('keeps a refusal, so that why can tell', async () => {
    const cwd = await makeRepository();
    const refused = await runOsrel(['release', '--esr'], { cwd });
    expect(refused.exitCode).toBe(4);
    const told = await runOsrel(['why', 'last', '--json'], { cwd });
    expect(JSON.parse(told.stdout).chain[0]).toMatchObject({
      outcome: 'refused',
      because: expect.stringContaining('version.not-esr'),
    });
    expect(JSON.parse((await runOsrel(['runs', '--json'], { cwd })).stdout).runs).toMatchObject([
      { outcome: 'refused' },
    ]);
    // A refusal never started, so it is nothing to go on with.
    expect(await runOsrel(['resume'], { cwd })).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('nothing to resume'),
    });
  });
});
