import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFolderRevision } from './create-folder-revision.ts';
import { makeTestRepository, type TestRepository } from './test-repository.ts';

const revisionOf = createFolderRevision();
const { signal } = new AbortController();
let checkout: TestRepository;

beforeEach(async () => {
  checkout = await makeTestRepository();
});

afterEach(() => checkout.remove());

describe('createFolderRevision', () => {
  it('names the commit, and says when files of the folder differ from it', async () => {
    await checkout.write('suites/os/suite.js', 'one');
    const commit = await checkout.commit('first');
    const folder = join(checkout.root, 'suites/os');
    expect(await revisionOf(folder, signal)).toBe(commit);
    await checkout.write('elsewhere.txt', 'not part of the suite');
    expect(await revisionOf(folder, signal)).toBe(commit);
    await checkout.write('suites/os/new.js', 'added');
    expect(await revisionOf(folder, signal)).toBe(`${commit}-dirty`);
    await rm(join(folder, 'new.js'));
    await checkout.write('suites/os/suite.js', 'two');
    expect(await revisionOf(folder, signal)).toBe(`${commit}-dirty`);
  });

  it('answers null where no commit names the files', async () => {
    await checkout.write('suites/os/suite.js', 'one');
    const folder = join(checkout.root, 'suites/os');
    expect(await revisionOf(folder, signal)).toBeNull();
    await checkout.write('.gitignore', 'ignored/\n');
    await checkout.commit('first');
    await checkout.write('ignored/suite.js', 'one');
    expect(await revisionOf(join(checkout.root, 'ignored'), signal)).toBeNull();
    const outside = await mkdtemp(join(tmpdir(), 'osrel-no-git-'));
    await mkdir(join(outside, 'os'));
    expect(await revisionOf(join(outside, 'os'), signal)).toBeNull();
    await rm(outside, { recursive: true });
  });
});
