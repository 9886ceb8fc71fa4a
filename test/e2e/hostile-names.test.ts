import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type GithubEvent, githubEnvironment } from './github-event.ts';
import { documentOf, osrel } from './osrel-process.ts';
import { readTree } from './read-tree.ts';
import { makeTinyCheckout, type TinyCheckout } from './tiny-checkout.ts';

const NAMES = [
  '../tiny',
  '/etc/passwd',
  '-rf',
  '$(touch pwned)',
  'tiny; touch pwned',
  'ti\nny',
  'ti\u001b[31mny',
];

/** Refused by a rule that knows the case, not by chance and not by a crash; nothing was run or written. */
async function expectTurnedDown(checkout: TinyCheckout, words: readonly string[], env = {}): Promise<void> {
  const before = await readTree(checkout.path);
  const spoken = await osrel(checkout.path, [...words, '--json'], { env });
  const told = `${JSON.stringify(words)}: ${spoken.stdout}${spoken.stderr}`;
  expect([2, 4], told).toContain(spoken.exitCode);
  expect(documentOf(spoken).error.hint, told).toMatch(/\S/);
  expect(spoken.stderr, told).not.toContain('\u001b[31mny');
  expect(existsSync(join(checkout.path, 'pwned'))).toBe(false);
  expect(await readTree(checkout.path)).toEqual(before);
}

describe('a hostile name', () => {
  it.each(['--machine', '--slug', '--env'])('after %s is refused', async (option) => {
    const checkout = await makeTinyCheckout();
    for (const name of NAMES) await expectTurnedDown(checkout, ['build', `${option}=${name}`]);
  });

  it('of a run is refused by the commands that look into its folder', async () => {
    const checkout = await makeTinyCheckout();
    for (const command of ['resume', 'logs', 'why'])
      for (const name of ['../../etc', '/etc/passwd', '.', 'a\nb'])
        await expectTurnedDown(checkout, [command, name]);
  });

  const EVENTS: Readonly<Record<string, GithubEvent>> = {
    'a tag with a command in it': {
      name: 'push',
      payload: 'push-tag',
      change: { ref: 'refs/tags/v6.5.1$(touch pwned)' },
    },
    'a tag with a second command': {
      name: 'push',
      payload: 'push-tag',
      change: { ref: 'refs/tags/v6.5.1;touch pwned' },
    },
    'a tag that is an option': {
      name: 'push',
      payload: 'push-tag',
      change: { ref: 'refs/tags/--upload-pack=touch' },
    },
    'a tag that leaves its folder': {
      name: 'push',
      payload: 'push-tag',
      change: { ref: 'refs/tags/../../x' },
    },
    'a head branch that is an option': {
      name: 'pull_request',
      payload: 'pull-request-opened',
      change: { 'pull_request.head.ref': '--upload-pack=touch' },
    },
    'a commit that is no commit': { name: 'push', payload: 'push-tag', change: { after: '--all' } },
    'a repository that leaves its folder': {
      name: 'push',
      payload: 'push-tag',
      change: { 'repository.full_name': '../../etc' },
    },
  };
  it.each(Object.entries(EVENTS))('in an event is refused: %s', async (_, event) => {
    const checkout = await makeTinyCheckout();
    await expectTurnedDown(checkout, ['auto'], await githubEnvironment(checkout, event));
  });

  it('that git allows does no harm', async () => {
    const checkout = await makeTinyCheckout();
    const change = { ref: 'refs/tags/v6.5.1$(touch$IFS$9pwned)', after: checkout.head() };
    const env = await githubEnvironment(checkout, { name: 'push', payload: 'push-tag', change });
    const spoken = await osrel(checkout.path, ['auto', '--json'], { env });
    expect([0, 2, 4], spoken.stderr).toContain(spoken.exitCode);
    expect(existsSync(join(checkout.path, 'pwned'))).toBe(false);
  });
});
