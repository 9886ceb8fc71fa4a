import { chown, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createSourceRepository } from './create-source-repository.ts';
import { makeTestRepository, type TestRepository } from './test-repository.ts';

let checkout: TestRepository;

beforeEach(async () => {
  checkout = await makeTestRepository();
});

afterEach(() => checkout.remove());

const repositoryAt = (directory: string) => createSourceRepository({ directory });

describe('readHead', () => {
  it('tells commit, branch, repository, time and the tags of the head', async () => {
    await checkout.commit('first', 'a');
    await checkout.git('tag', 'v0.9.0');
    const sha = await checkout.commit('second', 'folder/b');
    await checkout.git('tag', '--annotate', '--message', 'release', 'v1.0.0');
    await checkout.git('tag', 'light');
    await checkout.git('remote', 'add', 'origin', 'git@github.com:balena-os/balena-raspberrypi.git');
    const head = await repositoryAt(join(checkout.root, 'folder')).readHead();
    expect(head).toEqual({
      root: checkout.root,
      sha,
      tree: await checkout.git('rev-parse', 'HEAD^{tree}'),
      shortSha: await checkout.git('rev-parse', '--short', 'HEAD'),
      branch: 'main',
      repository: 'balena-os/balena-raspberrypi',
      committedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000Z$/),
      dirtyPaths: [],
      tags: [
        { name: 'light', sha, annotated: false },
        { name: 'v1.0.0', sha, annotated: true },
      ],
    });
  });

  it('has no branch on a detached head and no repository without a remote', async () => {
    await checkout.commit('first');
    await checkout.git('checkout', '--quiet', '--detach');
    expect(await repositoryAt(checkout.root).readHead()).toMatchObject({ branch: null, repository: null });
  });

  it('lists changed, staged, renamed, deleted and untracked paths, but no ignored ones', async () => {
    await checkout.write('.gitignore', 'build*/\n');
    await checkout.write('old name', 'a text that is long enough to be recognised');
    await checkout.write('gone', 'gone');
    await checkout.commit('first', 'changed');
    await checkout.write('changed', 'now');
    await checkout.write('build/output', 'ignored');
    await checkout.write('ünïcode "name"', 'new');
    await checkout.git('mv', 'old name', 'new name');
    await checkout.git('rm', '--quiet', 'gone');
    const { dirtyPaths } = await repositoryAt(checkout.root).readHead();
    expect([...dirtyPaths].sort()).toEqual(['changed', 'gone', 'new name', 'ünïcode "name"']);
  });

  it('lists at most 50 paths', async () => {
    await checkout.commit('first');
    for (let index = 0; index < 60; index += 1) await checkout.write(`file-${index}`, '');
    expect((await repositoryAt(checkout.root).readHead()).dirtyPaths).toHaveLength(50);
  });

  it('counts a submodule that is not at its recorded commit as a change', async () => {
    const layer = await makeTestRepository();
    await layer.commit('layer', 'a');
    await checkout.git('submodule', '--quiet', 'add', layer.root, 'layers/meta-balena');
    await checkout.commit('with layer');
    expect((await repositoryAt(checkout.root).readHead()).dirtyPaths).toEqual([]);
    await writeFile(join(checkout.root, 'layers/meta-balena/a'), 'edited');
    expect((await repositoryAt(checkout.root).readHead()).dirtyPaths).toEqual(['layers/meta-balena']);
    await layer.remove();
  });

  it('refuses a folder outside of git and a repository without a commit', async () => {
    await expect(repositoryAt(checkout.root).readHead()).rejects.toMatchObject({
      kind: 'config',
      code: 'repository.no-commit',
    });
    const plain = await mkdtemp(join(tmpdir(), 'osrel-plain-'));
    await expect(repositoryAt(plain).readHead()).rejects.toMatchObject({ code: 'repository.not-git' });
    await rm(plain, { recursive: true });
  });

  it('says that git is missing when PATH has none', async () => {
    await checkout.commit('first');
    const repository = createSourceRepository({
      directory: checkout.root,
      environment: { PATH: '/nowhere' },
    });
    await expect(repository.readHead()).rejects.toMatchObject({ kind: 'tool', code: 'git.missing' });
  });

  it('runs neither hooks nor a file-system monitor of the repository and writes nothing', async () => {
    await checkout.commit('first', 'a');
    const trap = join(checkout.root, '.git/trap');
    await writeFile(trap, `#!/bin/sh\ntouch '${checkout.root}/.git/sprung'\n`, { mode: 0o755 });
    await mkdir(join(checkout.root, '.git/hooks'), { recursive: true });
    await writeFile(join(checkout.root, '.git/hooks/post-index-change'), await readFile(trap), {
      mode: 0o755,
    });
    await checkout.git('config', 'core.fsmonitor', trap);
    await checkout.write('a', 'first');
    const index = await readFile(join(checkout.root, '.git/index'));
    await repositoryAt(checkout.root).readHead();
    expect(await readFile(join(checkout.root, '.git/index'))).toEqual(index);
    await expect(stat(join(checkout.root, '.git/sprung'))).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it.runIf(process.getuid?.() === 0)(
    'reads a checkout of another user without trusting it for good',
    async () => {
      const sha = await checkout.commit('first');
      for (const path of ['.', '.git']) await chown(join(checkout.root, path), 12345, 12345);
      await expect(checkout.git('rev-parse', 'HEAD')).rejects.toThrow(/dubious ownership/);
      expect((await repositoryAt(checkout.root).readHead()).sha).toBe(sha);
      await expect(checkout.git('rev-parse', 'HEAD')).rejects.toThrow(/dubious ownership/);
    },
  );

  it('stops when its signal aborts', async () => {
    await checkout.commit('first');
    const repository = createSourceRepository({ directory: checkout.root, signal: AbortSignal.abort() });
    await expect(repository.readHead()).rejects.toMatchObject({ kind: 'cancelled' });
  });
});

describe('tags', () => {
  it('peels annotated tags, also a tag of a tag, and leaves out tags of files', async () => {
    const sha = await checkout.commit('first', 'a');
    await checkout.git('tag', 'light');
    await checkout.git('tag', '--annotate', '--message', 'm', 'v1.0.0');
    await checkout.git('tag', '--annotate', '--message', 'm', 'v1.0.0-signed', 'v1.0.0');
    await checkout.git('tag', 'of-a-file', 'HEAD:a');
    await checkout.git('tag', '--annotate', '--message', 'm', 'of-a-tree', 'HEAD^{tree}');
    expect(await repositoryAt(checkout.root).listTags()).toEqual([
      { name: 'light', sha, annotated: false },
      { name: 'v1.0.0', sha, annotated: true },
      { name: 'v1.0.0-signed', sha, annotated: true },
    ]);
  });

  it('finds one tag by its exact name', async () => {
    const sha = await checkout.commit('first');
    await checkout.git('tag', 'v6.5.1+rev2');
    await checkout.git('tag', 'v6/nested');
    const repository = repositoryAt(checkout.root);
    expect(await repository.findTag('v6.5.1+rev2')).toEqual({ name: 'v6.5.1+rev2', sha, annotated: false });
    expect(await repository.findTag('v6.5.1')).toBeUndefined();
    // A folder of refs is no ref.
    expect(await repository.findTag('v6')).toBeUndefined();
  });

  it.each(['--exec=id', '-v', '', 'a b', 'a..b', 'v*', 'a\0b', 'x.lock', '@', 'a/', '.a', 'a~1', 'a@{1}'])(
    'refuses %j, which cannot be a tag',
    async (name) => {
      await checkout.commit('first');
      await expect(repositoryAt(checkout.root).findTag(name)).rejects.toMatchObject({
        code: 'git.malformed-ref',
      });
    },
  );
});

describe('listFirstParents', () => {
  it('walks the first parents, newest first, with what each changed against its first parent', async () => {
    const first = await checkout.commit('first', 'a');
    await checkout.git('checkout', '--quiet', '-b', 'side');
    const side = await checkout.commit('side work', 'folder/ünï "b"');
    await checkout.git('checkout', '--quiet', 'main');
    const second = await checkout.commit('second\n\nwith a body\n\nChange-type: minor', 'c');
    await checkout.git('merge', '--quiet', '--no-ff', '--message', 'Merge pull request #7 from side', 'side');
    const merge = await checkout.git('rev-parse', 'HEAD');
    const empty = await checkout.commit('nothing');
    const commits = await repositoryAt(checkout.root).listFirstParents(empty, 10);
    expect(commits).toEqual([
      { sha: empty, parents: [merge], subject: 'nothing', body: '', changedPaths: [] },
      {
        sha: merge,
        parents: [second, side],
        subject: 'Merge pull request #7 from side',
        body: '',
        changedPaths: ['folder/ünï "b"'],
      },
      {
        sha: second,
        parents: [first],
        subject: 'second',
        body: 'with a body\n\nChange-type: minor',
        changedPaths: ['c'],
      },
      { sha: first, parents: [], subject: 'first', body: '', changedPaths: ['a'] },
    ]);
  });

  it('keeps to the limit', async () => {
    await checkout.commit('first');
    const second = await checkout.commit('second');
    const commits = await repositoryAt(checkout.root).listFirstParents(second, 1);
    expect(commits.map((commit) => commit.subject)).toEqual(['second']);
  });

  it('refuses the end of a shallow clone instead of taking it for the first commit', async () => {
    await checkout.commit('first');
    const second = await checkout.commit('second');
    const clone = join(checkout.root, 'clone');
    await checkout.git('clone', '--quiet', '--depth=1', `file://${checkout.root}`, clone);
    await expect(repositoryAt(clone).listFirstParents(second, 5)).rejects.toMatchObject({
      code: 'repository.shallow',
      hint: expect.stringContaining('--unshallow'),
    });
  });

  it('throws on a commit that is unknown or no commit id at all', async () => {
    await checkout.commit('first');
    const repository = repositoryAt(checkout.root);
    await expect(repository.listFirstParents('f'.repeat(40), 5)).rejects.toMatchObject({
      kind: 'config',
      code: 'repository.commit-missing',
      message: `commit ${'f'.repeat(40)} is not in this checkout`,
      hint: expect.stringContaining('fetch'),
    });
    await expect(repository.listFirstParents('--all', 5)).rejects.toMatchObject({
      code: 'git.malformed-commit',
    });
  });
});
