import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runProgram } from '../execa/run-program.ts';
import { buildRequest, makeTestRepository, type TestRepository } from './bitbake/test-repository.ts';
import { createKasFrontEnd } from './kas-front-end.ts';

/** Stands in for kas: notes its words and the variables kas looks at. */
const KAS = `#!/bin/sh
printf '%s\\n' "$@" > words
env | grep -E '^(KAS_|SIGN_|OSREL_)' | sort > variables
mkdir -p "$KAS_BUILD_DIR/conf" && : > "$KAS_BUILD_DIR/conf/local.conf"
`;

let repository: TestRepository;
beforeEach(async () => {
  repository = await makeTestRepository({ 'kas.yml': 'header: { version: 8 }\n', 'bin/kas': KAS });
});
afterEach(() => repository.removeAll());

const prepare = (
  settings: Parameters<typeof buildRequest>[0],
  changes?: Parameters<typeof buildRequest>[1],
) => {
  const environment = { PATH: `${join(repository.root, 'bin')}:/usr/bin:/bin` };
  const frontEnd = createKasFrontEnd({ ...repository.options, environment });
  return frontEnd.prepare(buildRequest({ frontEnd: 'kas', ...settings }, changes));
};
const read = (path: string) => readFile(join(repository.root, path), 'utf8');

describe('createKasFrontEnd', () => {
  it('describes the call of kas without writing anything', async () => {
    const build = await prepare({ kasFile: 'kas.yml' });
    const { root } = repository;
    expect(build).toMatchObject({
      frontEnd: 'kas',
      command: {
        file: 'kas',
        arguments: ['build', 'kas.yml', '--', '-w', 'EVENT_LOG'],
        workingDirectory: root,
      },
      ownVariables: ['KAS_BUILD_DIR', 'KAS_MACHINE', 'KAS_WORK_DIR'],
      settingsFile: { path: join(root, 'build/conf/auto.conf') },
      problems: [],
      imagesDirectory: join(root, 'build/tmp/deploy/images/tiny'),
    });
    await expect(read('build/conf/auto.conf')).rejects.toThrow();
  });

  it('passes targets, machine and options on, and settings through auto.conf', async () => {
    const settings = {
      kasFile: 'kas.yml',
      continueAfterFailure: true,
      bitbakeArguments: ['-f'],
      removeWork: true,
    };
    const beginning = repository.beginning();
    const { command } = await (await prepare(settings, { recipe: 'extension' })).begin(beginning);
    await runProgram({ ...command, signal: beginning.signal, onLine: beginning.onLine });
    expect((await read('words')).trim().split('\n')).toEqual([
      'build',
      '--target',
      'extension',
      'kas.yml',
      '--',
      '-w',
      beginning.eventLog,
      '-k',
      '-f',
    ]);
    expect(await read('variables')).toBe(
      `KAS_BUILD_DIR=${repository.root}/build\nKAS_MACHINE=tiny\nKAS_WORK_DIR=${repository.root}\nOSREL_MARK=1\n`,
    );
    expect(await read('build/conf/auto.conf')).toContain('INHERIT += "rm_work"');
  });

  it('lets kas take secrets from its environment, by a kas file that holds names only', async () => {
    const secretVariables = [{ name: 'SIGN_API_KEY', env: 'CI_KEY' }];
    const build = await prepare({ kasFile: 'kas.yml', secretVariables });
    expect(build.command.environment.SIGN_API_KEY).toBe('***');
    const { command } = await build.begin(repository.beginning());
    expect(command.arguments[1]).toBe('kas.yml:.osrel/cache/kas/secret-variables.yml');
    expect(JSON.parse(await read('.osrel/cache/kas/secret-variables.yml'))).toEqual({
      header: { version: 8 },
      env: { SIGN_API_KEY: '' },
    });
    expect(command.environment.SIGN_API_KEY).toBe('very-secret');
    expect(command.arguments.join(' ')).not.toContain('very-secret');
  });

  it.each([null, '', '/etc/kas.yml', '../kas.yml', '-x.yml', 'a b.yml', 'kas.yml:'])(
    'refuses the kas file %j',
    async (kasFile) => {
      await expect(prepare({ kasFile })).rejects.toMatchObject({ kind: 'config', code: 'build.no-kas-file' });
    },
  );

  it('reports every kas file that is missing, and does not begin', async () => {
    const build = await prepare({ kasFile: 'kas.yml:gone.yml' });
    expect(build.problems).toEqual([expect.objectContaining({ at: 'gone.yml' })]);
    await expect(build.begin(repository.beginning())).rejects.toMatchObject({
      code: 'build.kas-file-missing',
    });
  });

  it('ends what kas started in the build folder', async () => {
    const started = await (await prepare({ kasFile: 'kas.yml' })).begin(repository.beginning());
    await started.askToEnd?.(7);
    await started.finish();
    expect(repository.asked).toEqual([`ask ${repository.root}/build 7`, `end ${repository.root}/build`]);
  });
});
