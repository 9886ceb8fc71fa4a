import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runProgram } from '../execa/run-program.ts';
import { buildRequest, makeTestRepository, type TestRepository } from './bitbake/test-repository.ts';
import { createCommandFrontEnd } from './command-front-end.ts';

let repository: TestRepository;
beforeEach(async () => {
  repository = await makeTestRepository({
    'build.sh':
      '#!/bin/sh\nprintf "%s\\n" "$@" > words\nenv | grep -E "^(OSREL_|MACHINE|DEVICE|KEY|MORE)" | sort > variables\n',
  });
});
afterEach(() => repository.removeAll());

const COMMAND = {
  words: ['./build.sh', '--all', 'a b'],
  assetRoot: 'out/{slug}',
  imagesDirectory: 'out/{slug}/{machine}',
};

const prepare = (
  settings: Parameters<typeof buildRequest>[0] = {},
  changes?: Parameters<typeof buildRequest>[1],
) =>
  createCommandFrontEnd(repository.options).prepare(
    buildRequest({ frontEnd: 'command', command: COMMAND, ...settings }, changes),
  );
const read = (path: string) => readFile(join(repository.root, path), 'utf8');

describe('createCommandFrontEnd', () => {
  it('knows where the files will be, and shows no secret', async () => {
    const build = await prepare({ secretVariables: [{ name: 'KEY', env: 'CI_KEY' }] });
    expect(build).toMatchObject({
      frontEnd: 'command',
      command: { file: './build.sh', arguments: ['--all', 'a b'], environment: { KEY: '***' } },
      assetRoot: join(repository.root, 'out/tiny-slug'),
      imagesDirectory: join(repository.root, 'out/tiny-slug/tiny'),
      settingsFile: null,
    });
    expect(build.ownVariables).toContain('OSREL_SERVICE');
  });

  it('runs the program in the root and tells it what to build', async () => {
    const beginning = repository.beginning();
    const settings = {
      variables: [{ name: 'MORE', value: 'x y' }],
      secretVariables: [{ name: 'KEY', env: 'CI_KEY' }],
    };
    const { command } = await (await prepare(settings, { recipe: 'extension' })).begin(beginning);
    await runProgram({ ...command, signal: beginning.signal, onLine: beginning.onLine });
    expect(await read('words')).toBe('--all\na b\n');
    expect((await read('variables')).trim().split('\n')).toEqual([
      'DEVICE_TYPE=tiny-type',
      'KEY=very-secret',
      'MACHINE=tiny',
      'MORE=x y',
      `OSREL_BUILD_DIR=${repository.root}/build`,
      'OSREL_MACHINE=tiny',
      'OSREL_MARK=1',
      'OSREL_RECIPE=extension',
      'OSREL_SERVICE=hostapp',
      'OSREL_SLUG=tiny-slug',
    ]);
  });

  it('believes the exit status of the program', async () => {
    const { judge } = await (await prepare()).begin(repository.beginning());
    expect(judge({ kind: 'exited', exitCode: 0 }, {} as never)).toBeUndefined();
  });

  it('says which settings the program does not take', async () => {
    const { notes } = await prepare({ developmentImage: true, targets: ['x'] });
    expect(notes).toEqual([
      'build.targets has no effect: the command does not take it',
      'build.development-image has no effect: the command does not take it',
    ]);
  });

  it.each([null, { ...COMMAND, words: [] }, { ...COMMAND, words: [' '] }])(
    'needs a program: %j',
    async (command) => {
      await expect(prepare({ command })).rejects.toMatchObject({ kind: 'config', code: 'build.no-command' });
    },
  );

  it('keeps its folders inside the repository', async () => {
    const command = { ...COMMAND, assetRoot: '../{machine}' };
    await expect(prepare({ command })).rejects.toMatchObject({ code: 'build.folder-outside' });
  });

  it('asks for a secret that is missing before it starts', async () => {
    const build = await prepare({ secretVariables: [{ name: 'KEY', env: 'NOT_THERE' }] });
    await expect(build.begin(repository.beginning())).rejects.toMatchObject({ code: 'build.secret-missing' });
  });
});
