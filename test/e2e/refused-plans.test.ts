import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { expectRefusal } from './expect-refusal.ts';
import { documentOf, osrel } from './osrel-process.ts';
import { makeTinyCheckout } from './tiny-checkout.ts';

/** Below a folder that git ignores. */
const PLAN = 'build/plan.json';

async function planned() {
  const checkout = await makeTinyCheckout();
  await checkout.write({ 'build/keep': '' });
  const { exitCode, stderr } = await osrel(checkout.path, ['plan', '--out', PLAN]);
  expect(exitCode, stderr).toBe(0);
  const edit = async (change: (text: string) => string) => {
    const file = join(checkout.path, PLAN);
    await writeFile(file, change(await readFile(file, 'utf8')));
  };
  return { ...checkout, edit };
}

describe('a saved plan', () => {
  it.each([
    ['of another version', (text: string) => text.replaceAll('6.5.1', '6.5.2')],
    ['with a step left out', (text: string) => JSON.stringify({ ...JSON.parse(text), steps: [] })],
    ['with another id', (text: string) => text.replace(/"planId": "../, '"planId": "00')],
  ])('is refused when it was altered: %s', async (_, change) => {
    const { path, edit } = await planned();
    await edit(change);
    await expectRefusal(path, {
      words: ['run', '--plan', PLAN],
      exitCode: 8,
      code: 'plan.altered',
      names: [],
    });
  });

  it('is refused when the checkout moved on', async () => {
    const { path, commit } = await planned();
    const after = await commit('Second');
    await expectRefusal(path, {
      words: ['run', '--plan', PLAN],
      exitCode: 4,
      code: 'plan.stale',
      names: [after.slice(0, 9)],
      hint: 'osrel plan',
    });
  });

  it('of a later osrel is refused with the number of its form', async () => {
    const { path, edit } = await planned();
    await edit((text) => text.replace('"schemaVersion": 1', '"schemaVersion": 7'));
    await expectRefusal(path, {
      words: ['run', '--plan', PLAN],
      exitCode: 2,
      code: 'plan.schema-version',
      names: ['schema version 7'],
      hint: 'osrel that made the plan',
    });
  });

  it.each([
    ['no JSON', '{"plans": ['],
    ['no plan', '[]'],
    ['a number', '7'],
  ])('is refused when it is %s', async (_, text) => {
    const { path, edit } = await planned();
    await edit(() => text);
    const spoken = await osrel(path, ['run', '--plan', PLAN, '--json']);
    expect([2, 8], spoken.stderr).toContain(spoken.exitCode);
    expect(documentOf(spoken).error.hint).toContain('osrel plan');
  });
});

describe('the journal of an interrupted run', () => {
  async function failedRun() {
    const checkout = await makeTinyCheckout();
    const env = { TINY_FAIL: '1' };
    const spoken = await osrel(checkout.path, ['build', '--json'], { env });
    expect(spoken.exitCode).toBe(1);
    const { runId } = documentOf(spoken);
    const file = join(checkout.path, '.osrel/runs', runId, 'journal.jsonl');
    const lines = (await readFile(file, 'utf8')).trimEnd().split('\n');
    const keep = (changed: readonly string[]) => writeFile(file, `${changed.join('\n')}\n`);
    return { ...checkout, runId, file, lines, keep };
  }

  it('is refused when a line of it was damaged, and nothing is done', async () => {
    const { path, runId, lines, keep } = await failedRun();
    await keep(lines.map((line, index) => (index === 1 ? line.slice(0, 20) : line)));
    const words = ['resume', runId];
    await expectRefusal(path, { words, exitCode: 8, code: 'journal.damaged', names: [] });
  });

  it('is refused when it is of another plan', async () => {
    const { path, runId, lines, keep } = await failedRun();
    await keep(lines.map((line) => line.replace(/"planId":"[0-9a-f]{8}/, '"planId":"00000000')));
    const spoken = await osrel(path, ['resume', runId, '--json']);
    expect(spoken.exitCode, spoken.stderr).toBe(8);
    expect(documentOf(spoken).error.hint).toMatch(/\S/);
  });

  it('loses no more than its last line when that is torn', async () => {
    const { path, runId, file, lines } = await failedRun();
    await writeFile(file, `${lines.slice(0, -1).join('\n')}\n${lines.at(-1)?.slice(0, 15)}`);
    const resumed = await osrel(path, ['resume', runId, '--json']);
    expect(resumed.exitCode, resumed.stderr).toBe(0);
    expect(documentOf(resumed)).toMatchObject({ runId, outcome: 'done' });
  });
});
