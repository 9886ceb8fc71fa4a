import { createHash } from 'node:crypto';
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { readWorld } from '../pipeline/read-world.ts';
import { documentOf, osrel, startOsrel } from './osrel-process.ts';
import { killAllIn, processesIn } from './processes-in.ts';
import { seededRandom } from './seeded-random.ts';
import { makeFolder, makeTinyCheckout, type TinyCheckout, WITH_SMOKE } from './tiny-checkout.ts';

const SEED = Number(process.env.E2E_SEED ?? Date.now() % 1_000_000);
const KILLS = 14;

/** Kills osrel alone, its process group, or everything that works in the checkout. */
const WAYS = ['osrel', 'group', 'everything'] as const;
/** How an interrupted release goes on. */
const NEXT = ['resume', 'resume', 'resume', 'release'] as const;

async function makeReleasable(): Promise<TinyCheckout> {
  const checkout = await makeTinyCheckout({ osrelYml: WITH_SMOKE });
  checkout.git('tag', 'v6.5.1');
  return checkout;
}

async function copyOf(checkout: TinyCheckout): Promise<string> {
  const copy = join(await makeFolder(), 'device');
  await cp(checkout.path, copy, { recursive: true });
  return copy;
}

async function killAfter(path: string, words: readonly string[], kill: { way: string; delayMs: number }) {
  const running = startOsrel(path, words);
  const timer = wait(kill.delayMs).then(async () => {
    if (kill.way === 'group') running.killGroup('SIGKILL');
    else if (kill.way === 'osrel') running.kill('SIGKILL');
    else await killAllIn(path);
  });
  const [spoken] = await Promise.all([running.ended, timer]);
  return spoken;
}

/** Resumes until nothing is left to resume; a release that never began is begun. */
async function goOn(path: string, next: 'resume' | 'release') {
  if (next === 'release') return osrel(path, ['release', '--json']);
  const resumed = await osrel(path, ['resume', '--json']);
  const isNothingToResume = resumed.exitCode === 0 && documentOf(resumed).runId === null;
  return isNothingToResume ? osrel(path, ['release', '--json']) : resumed;
}

/**
 * What was published, whatever its numbers: the name of a receipt tells its time, a kill may cost a release number
 * (as with the sequences of a database), and evidence is worded by how it was found.
 */
async function worldOf(path: string) {
  const world = Object.entries(await readWorld(path)).filter(([name]) => !name.includes('/release-ids/'));
  return Object.fromEntries(
    world.map(([name, text]) => [
      name
        .replace(/(receipts\/.*)-[0-9a-f]{16}(?=\.json$)/, '$1')
        .replace(/\/releases\/\d+\//, '/releases/<id>/'),
      // A killed release may go on by another plan, and that one's run of the suite is the one that counts.
      timelessDigest(
        name.includes('/receipts/') ? text.replace(/("planId": ")[0-9a-f]{64}/, '$1<plan>') : text,
      ),
    ]),
  );
}

function timelessDigest(text: string): string {
  const numberless = text
    .replace(/("osrel-evidence": ).*/, '$1<how it was known>')
    .replace(/("id"|"releaseId"): \d+/g, '$1: <id>')
    .replace(/("commit"): "[0-9a-f]{32}"/g, '$1: <commit>')
    .replace(/"\d+-hostapp"/, '"<id>-hostapp"');
  return text.length < 2000 ? numberless : createHash('sha256').update(numberless).digest('hex');
}

async function expectOneRelease(path: string, world: unknown): Promise<void> {
  expect(await worldOf(path)).toEqual(world);
  const audit = await osrel(path, ['status', '--audit', '--json']);
  expect(audit.exitCode, audit.stdout + audit.stderr).toBe(0);
  expect(documentOf(audit).lines[0].versions).toMatchObject([
    {
      version: '6.5.1',
      release: 'final',
      releaseIds: [expect.any(Number)],
      store: 'published',
      isLatest: true,
    },
  ]);
  expect((await osrel(path, ['verify', 'deploy/tiny/6.5.1'])).exitCode).toBe(0);
  expect(await processesIn(path)).toEqual([]);
}

describe('a release that is killed', () => {
  it(`ends as an undisturbed one, wherever it is killed (E2E_SEED=${SEED})`, {
    timeout: 150_000,
  }, async () => {
    const random = seededRandom(SEED);
    const pick = <Item>(items: readonly Item[]): Item => {
      const item = items[Math.floor(random() * items.length)];
      if (item === undefined) throw new Error('nothing to pick from');
      return item;
    };
    const source = await makeReleasable();
    const undisturbed = await copyOf(source);
    const startedAt = performance.now();
    expect((await osrel(undisturbed, ['release'])).exitCode).toBe(0);
    const wholeMs = performance.now() - startedAt;
    const world = await worldOf(undisturbed);
    for (let kills = 0; kills < KILLS; ) {
      const path = await copyOf(source);
      const log: string[] = [`seed ${SEED}`];
      let words: readonly string[] = ['release'];
      for (let each = 0; each < 2; each += 1, kills += 1) {
        const kill = { way: pick(WAYS), delayMs: Math.round((0.15 + 0.85 * random()) * wholeMs) };
        const { exitCode, stderr } = await killAfter(path, words, kill);
        log.push(`${words.join(' ')}: ${kill.way} after ${kill.delayMs} ms: ${exitCode}\n${stderr}`);
        words = pick(NEXT) === 'release' ? ['release'] : ['resume'];
      }
      const next = pick(NEXT);
      const last = await goOn(path, next);
      expect(last.exitCode, [...log, next, last.stdout, last.stderr].join('\n')).toBe(0);
      await expectOneRelease(path, world).catch((error: unknown) => {
        throw new Error([...log, next, last.stderr].join('\n'), { cause: error });
      });
    }
  });
});
