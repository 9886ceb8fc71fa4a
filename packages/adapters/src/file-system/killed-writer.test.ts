import { once } from 'node:events';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { writeFileAtomically } from './atomic-file.ts';
import { createJournal } from './create-journal.ts';
import { isTemporary } from './temporary-file.ts';
import { testFolder } from './test-folder.ts';
import { runTestProcess, startTestProcess } from './test-process.ts';

const KILLS = 20;
const SIZE = 300_000;

async function killWriters(folder: string, kills: number): Promise<void> {
  const path = join(folder, 'file');
  await writeFileAtomically(path, 'a'.repeat(SIZE));
  const script = `
    const { writeFileAtomically } = await load('atomic-file');
    for (let turn = 0; ; turn += 1) {
      process.stdout.write('writing\\n');
      await writeFileAtomically(${JSON.stringify(path)}, 'abc'[turn % 3].repeat(${SIZE}));
    }`;
  for (let kill = 0; kill < kills; kill += 1) {
    const { child, lines } = startTestProcess(script);
    const gone = once(child, 'exit');
    let written = 0;
    for await (const _ of lines) {
      written += 1;
      if (written === 2 + (kill % 4)) child.kill('SIGKILL');
    }
    await gone;
    expect(child.signalCode).toBe('SIGKILL');
    const text = await readFile(path, 'utf8');
    expect([text.length, new Set(text).size]).toEqual([SIZE, 1]);
  }
}

describe('a writer that is killed or runs out of room', () => {
  it('leaves the old content or the new, never a mixture, over twenty kills', async () => {
    await runTestProcess("await load('atomic-file');");
    // Two at a time, each on a file of its own: most of a kill is the start of the process.
    const folders = await Promise.all([testFolder(), testFolder()]);
    await Promise.all(folders.map((folder) => killWriters(folder, KILLS / 2)));
    for (const folder of folders) {
      await writeFileAtomically(join(folder, 'file'), 'end');
      expect((await readdir(folder)).filter(isTemporary)).toEqual([]);
    }
  });

  it('says that the disk is full, names the file and keeps the old content', async () => {
    const folder = await testFolder();
    const path = join(folder, 'file');
    await writeFile(path, 'old');
    const lines = await runTestProcess(
      `
      const { writeFileAtomically } = await load('atomic-file');
      await writeFileAtomically(${JSON.stringify(path)}, 'x'.repeat(1_000_000)).catch((error) =>
        console.log(JSON.stringify([error.code, error.kind, error.message, error.hint])));`,
      { fileBlocks: 64 },
    );
    const [code, kind, message, hint] = JSON.parse(lines[0] ?? '[]');
    expect([code, kind]).toEqual(['disk.full', 'tool']);
    expect(message).toContain(path);
    expect(hint).toContain('free space');
    expect(await readFile(path, 'utf8')).toBe('old');
    expect(await readdir(folder)).toEqual(['file']);
  });

  it('tears no line into the middle of a journal when the disk fills while it appends', async () => {
    const path = join(await testFolder(), 'journal.jsonl');
    const entry = (seq: number, because: string) =>
      ({
        seq,
        at: '2026-11-21T04:00:00.000Z',
        type: 'step-left',
        stepId: 's',
        outcome: 'skipped',
        because,
      }) as const;
    const lines = await runTestProcess(
      `
      const { createJournal } = await load('create-journal');
      const journal = createJournal(${JSON.stringify(path)});
      await journal.append(${JSON.stringify(entry(0, 'short'))});
      const long = { ...${JSON.stringify(entry(1, ''))}, because: 'x'.repeat(1_000_000) };
      await journal.append(long).catch((error) => console.log(error.code));
      await journal.append(${JSON.stringify(entry(1, 'after'))});`,
      { fileBlocks: 64 },
    );
    expect(lines).toEqual(['disk.full']);
    expect(await createJournal(path).read()).toEqual([entry(0, 'short'), entry(1, 'after')]);
  });
});
