import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readWorld } from '../pipeline/read-world.ts';
import { mergeAndTag, pullRequestOpened, REPOSITORY, tagPushed } from './github-event.ts';
import { documentOf, osrel } from './osrel-process.ts';
import { makeTinyCheckout, type TinyCheckout, WITH_SMOKE } from './tiny-checkout.ts';

async function openStory(): Promise<TinyCheckout> {
  const checkout = await makeTinyCheckout({ version: '6.5.0', branch: 'master', osrelYml: WITH_SMOKE });
  checkout.git('remote', 'add', 'origin', `https://github.com/${REPOSITORY}.git`);
  checkout.git('checkout', '-q', '-b', 'change-7');
  return checkout;
}

const versionsOf = async (checkout: TinyCheckout) =>
  documentOf(await osrel(checkout.path, ['status', '--json'])).lines[0].versions;

describe('a pull request that passes its tests', () => {
  it('makes a draft; the tag of its merge becomes final and latest by that evidence', async () => {
    const checkout = await openStory();
    await checkout.commit('Quieter boot', { 'notes.txt': 'quiet\n' });
    const env = await pullRequestOpened(checkout, 7);
    const tried = await osrel(checkout.path, ['auto', '--json'], { env });
    expect(tried.exitCode, tried.stderr).toBe(0);
    expect(await versionsOf(checkout)).toMatchObject([{ version: '6.5.0', release: 'draft' }]);

    await mergeAndTag(checkout, { number: 7, branch: 'change-7', base: 'master', version: '6.5.1' });
    const released = await osrel(checkout.path, ['auto', '--json'], {
      env: await tagPushed(checkout, 'v6.5.1'),
    });
    expect(released.exitCode, released.stderr).toBe(0);
    const answer = documentOf(released);
    expect(answer.steps.map((step: { stage: string }) => step.stage)).not.toContain('test');
    const evidence = answer.decisions.find(
      (decision: { rule: string }) => decision.rule === 'finalize.evidence',
    );
    expect(evidence.outcome).toBe('final');
    expect(await versionsOf(checkout)).toMatchObject([
      { version: '6.5.1', release: 'final', store: 'published', isLatest: true },
      { version: '6.5.0', release: 'draft', isLatest: false },
    ]);
    const repeated = await osrel(checkout.path, ['auto', '--json'], {
      env: await tagPushed(checkout, 'v6.5.1'),
    });
    expect(documentOf(repeated)).toMatchObject({ outcome: 'done', steps: [] });
  });
});

describe('a pull request that fails its tests', () => {
  it('exits with 3, its tag stays a draft, and only a reason makes that final', async () => {
    const checkout = await openStory();
    await checkout.commit('Noisy boot', { 'tests/fail-marker': 'yes\n' });
    const tried = await osrel(checkout.path, ['auto', '--json'], {
      env: await pullRequestOpened(checkout, 7),
    });
    expect(tried.exitCode, tried.stderr).toBe(3);
    expect(documentOf(tried).error).toMatchObject({ code: 'tests.failed', exitCode: 3 });

    await mergeAndTag(checkout, { number: 7, branch: 'change-7', base: 'master', version: '6.5.1' });
    const tagged = await osrel(checkout.path, ['auto', '--json'], {
      env: await tagPushed(checkout, 'v6.5.1'),
    });
    expect(tagged.exitCode, tagged.stderr).toBe(0);
    expect((await versionsOf(checkout))[0]).toMatchObject({
      version: '6.5.1',
      release: 'draft',
      isLatest: false,
    });

    const typed = await osrel(checkout.path, ['release', '--json']);
    expect(typed.exitCode).toBe(3);
    expect(documentOf(typed).error).toMatchObject({ code: 'evidence.failed', exitCode: 3 });
    const why = await osrel(checkout.path, ['why', '6.5.1']);
    expect(why.stdout).toContain('smoke');
    expect(why.stdout).toContain('#7');
    expect(why.stdout).toMatch(/osrel (finalize|release) --force-finalize --reason/);

    const forced = await osrel(checkout.path, [
      'finalize',
      '--force-finalize',
      '--reason',
      'tested by hand on a desk',
      '--json',
    ]);
    expect(forced.exitCode, forced.stderr).toBe(0);
    expect((await versionsOf(checkout))[0]).toMatchObject({ release: 'final', isLatest: true });
    const world = await readWorld(checkout.path);
    expect(JSON.stringify(world)).toContain('tested by hand on a desk');
    const plan = await readFile(
      join(checkout.path, '.osrel/runs', documentOf(forced).runId, 'plan.json'),
      'utf8',
    );
    expect(plan).toContain('tested by hand on a desk');
  });
});

describe('versions released out of order', () => {
  it('never moves latest back to an older version (W6)', async () => {
    const checkout = await makeTinyCheckout({ version: '6.6.0', osrelYml: WITH_SMOKE });
    checkout.git('tag', 'v6.6.0');
    expect((await osrel(checkout.path, ['release'])).exitCode).toBe(0);
    await checkout.commit('Backport', { VERSION: '6.5.9\n' });
    checkout.git('tag', 'v6.5.9');
    const older = await osrel(checkout.path, ['release']);
    expect(older.exitCode, older.stderr).toBe(0);
    expect(await versionsOf(checkout)).toMatchObject([
      { version: '6.6.0', release: 'final', isLatest: true },
      { version: '6.5.9', release: 'final', isLatest: false },
    ]);
  });
});
