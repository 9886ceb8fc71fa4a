import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { JournalEntry } from '@osrel/core';
import { describe, expect, it } from 'vitest';
import { createJournal } from './create-journal.ts';
import { testFolder } from './test-folder.ts';

const entry = (seq: number): JournalEntry => ({
  seq,
  at: '2026-11-21T04:00:00.000Z',
  type: 'step-started',
  stepId: 'build-hostapp',
  inputDigest: 'd',
  attempt: 1,
});

async function journalFile() {
  const path = join(await testFolder(), 'journal.jsonl');
  return { path, journal: createJournal(path) };
}

describe('the journal file', () => {
  it('is empty before the first entry', async () => {
    const { journal } = await journalFile();
    expect(await journal.read()).toEqual([]);
  });

  it('keeps entries in order, one a line', async () => {
    const { path, journal } = await journalFile();
    await Promise.all([0, 1, 2, 3].map((seq) => journal.append(entry(seq))));
    expect(await journal.read()).toEqual([0, 1, 2, 3].map(entry));
    expect((await readFile(path, 'utf8')).split('\n')).toHaveLength(5);
  });

  it.each(['{"seq":1,"at"', '{"seq":1}', '\0\0\0\0', JSON.stringify(entry(1))])(
    'leaves out the torn last line %j and cuts it off before the next entry',
    async (torn) => {
      const { path, journal } = await journalFile();
      await journal.append(entry(0));
      await appendFile(path, torn);
      expect(await journal.read()).toEqual([entry(0)]);
      await createJournal(path).append(entry(1));
      expect(await journal.read()).toEqual([entry(0), entry(1)]);
    },
  );

  it('starts over when nothing but a torn line was ever written', async () => {
    const { path, journal } = await journalFile();
    await writeFile(path, 'x'.repeat(200_000));
    await journal.append(entry(0));
    expect(await journal.read()).toEqual([entry(0)]);
  });

  it('finds the end of the last whole line far before a long torn one', async () => {
    const { path, journal } = await journalFile();
    await journal.append(entry(0));
    await appendFile(path, 'y'.repeat(150_000));
    await journal.append(entry(1));
    expect(await journal.read()).toEqual([entry(0), entry(1)]);
  });

  it('names every malformed line in one integrity error', async () => {
    const { path, journal } = await journalFile();
    await writeFile(path, `${JSON.stringify(entry(0))}\nnonsense\n{"type":"unknown"}\n`);
    await expect(journal.read()).rejects.toMatchObject({
      kind: 'integrity',
      code: 'journal.damaged',
      problems: [{ at: `${path}:2` }, { at: `${path}:3` }],
    });
  });
});
