import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { prepareSettingsFile, writeSettingsFile } from './settings-file.ts';

let build: string;
beforeEach(async () => {
  build = await mkdtemp(join(tmpdir(), 'osrel-settings-'));
});
afterEach(() => rm(build, { recursive: true, force: true }));

describe('prepareSettingsFile', () => {
  it('tells what will be written and writes nothing', async () => {
    const file = await prepareSettingsFile(build, 'A = "1"');
    expect(file.path).toBe(join(build, 'conf/auto.conf'));
    expect(file.text).toContain('A = "1"');
    expect(await readdir(build)).toEqual([]);
  });

  it('keeps what a person wrote there', async () => {
    await mkdir(join(build, 'conf'));
    await writeFile(join(build, 'conf/auto.conf'), 'MINE = "x"\n');
    expect((await prepareSettingsFile(build, 'A = "1"')).text).toMatch(/^MINE = "x"\n# osrel: begin\n/);
  });
});

describe('writeSettingsFile', () => {
  it('makes the folder and leaves no other file behind', async () => {
    const file = await prepareSettingsFile(build, 'A = "1"');
    await writeSettingsFile(file);
    expect(await readFile(file.path, 'utf8')).toBe(file.text);
    expect(await readdir(join(build, 'conf'))).toEqual(['auto.conf']);
  });

  it('does not touch a file that is right already, which would make bitbake parse again', async () => {
    const file = await prepareSettingsFile(build, 'A = "1"');
    await writeSettingsFile(file);
    const { ino } = await stat(file.path);
    await writeSettingsFile(await prepareSettingsFile(build, 'A = "1"'));
    expect((await stat(file.path)).ino).toBe(ino);
  });

  it('leaves nothing half-written when the place is taken by a folder', async () => {
    await mkdir(join(build, 'conf/auto.conf/x'), { recursive: true });
    await expect(writeSettingsFile({ path: join(build, 'conf/auto.conf'), text: 'A' })).rejects.toThrow();
    expect(await readdir(join(build, 'conf'))).toEqual(['auto.conf']);
  });
});
