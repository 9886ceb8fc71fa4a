import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { pullRequestOpened, REPOSITORY, tagPushed } from './github-event.ts';
import { documentOf, osrel } from './osrel-process.ts';
import { makeTinyCheckout, type TinyCheckout, WITH_SMOKE } from './tiny-checkout.ts';

const WITH_KEEPING = `${WITH_SMOKE}artifacts: { keep: true }\n`;
/** A build would fail. */
const NO_BUILD = { TINY_FAIL: '1' };

/** A pull request that was built, tested, kept and merged without another change; its build is gone from here. */
async function openMerged(osrelYml: string): Promise<TinyCheckout> {
  const checkout = await makeTinyCheckout({ version: '6.5.1', branch: 'master', osrelYml });
  checkout.git('remote', 'add', 'origin', `https://github.com/${REPOSITORY}.git`);
  checkout.git('checkout', '-q', '-b', 'change-7');
  await checkout.commit('Quieter boot', { 'notes.txt': 'quiet\n' });
  const env = await pullRequestOpened(checkout, 7);
  const tried = await osrel(checkout.path, ['auto', '--json'], { env });
  expect(tried.exitCode, tried.stderr).toBe(0);
  return checkout;
}

function merge(checkout: TinyCheckout): void {
  const subject = 'Merge pull request #7 from balena-os/change-7';
  checkout.git('checkout', '-q', 'master');
  checkout.git('merge', '-q', '--no-ff', 'change-7', '-m', subject);
  checkout.git('tag', '-a', '-m', 'v6.5.1', 'v6.5.1');
}

async function forgetBuild(checkout: TinyCheckout): Promise<void> {
  for (const folder of ['build', 'deploy'])
    await rm(join(checkout.path, folder), { recursive: true, force: true });
}

async function release(checkout: TinyCheckout, env: Readonly<Record<string, string>> = {}) {
  const event = await tagPushed(checkout, 'v6.5.1');
  return osrel(checkout.path, ['auto', '--json'], { env: { ...event, ...env } });
}

const MANIFEST = 'deploy/tiny/6.5.1/release-manifest.json';
const adoptionOf = (answer: { readonly decisions: readonly { readonly rule: string }[] }) =>
  answer.decisions.find(({ rule }) => rule === 'build.adopt');

describe('a tag whose pull request kept its build', () => {
  it('becomes final with those very bytes, and nothing is built (W11)', async () => {
    const checkout = await openMerged(WITH_KEEPING);
    const tested = await readFile(join(checkout.path, MANIFEST), 'utf8');
    await forgetBuild(checkout);
    merge(checkout);
    const released = await release(checkout, NO_BUILD);
    expect(released.exitCode, released.stderr).toBe(0);
    const answer = documentOf(released);
    expect(adoptionOf(answer)).toMatchObject({ outcome: 'adopt' });
    expect(await readFile(join(checkout.path, MANIFEST), 'utf8')).toBe(tested);
    const verified = await osrel(checkout.path, ['verify', 'deploy/tiny/6.5.1', '--json']);
    expect(verified.exitCode, verified.stderr).toBe(0);
    const status = documentOf(await osrel(checkout.path, ['status', '--json']));
    expect(status.lines[0].versions).toMatchObject([
      { version: '6.5.1', release: 'final', store: 'published', isLatest: true },
    ]);
    const repeated = await release(checkout, NO_BUILD);
    expect(documentOf(repeated)).toMatchObject({ outcome: 'done', steps: [] });
  });

  it('is built again, and told why, when the merge brought something else', async () => {
    const checkout = await openMerged(WITH_KEEPING);
    await forgetBuild(checkout);
    checkout.git('checkout', '-q', 'master');
    await checkout.commit('Meanwhile', { 'other.txt': 'other\n' });
    merge(checkout);
    const released = await release(checkout);
    expect(released.exitCode, released.stderr).toBe(0);
    expect(adoptionOf(documentOf(released))).toMatchObject({
      outcome: 'build',
      because: expect.stringContaining('was built from other source'),
    });
  });

  it('takes what still lies in the deploy folder where nothing was kept', async () => {
    const checkout = await openMerged(WITH_SMOKE);
    merge(checkout);
    const released = await release(checkout, NO_BUILD);
    expect(released.exitCode, released.stderr).toBe(0);
    expect(adoptionOf(documentOf(released))).toMatchObject({
      outcome: 'adopt',
      because: expect.stringContaining('deploy/tiny/6.5.1'),
    });
  });
});
