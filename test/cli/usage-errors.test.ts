import { describe, expect, it } from 'vitest';
import { runOsrel } from './run-osrel.ts';

describe('a wrong command line', () => {
  it.each([
    [['biuld'], 'usage.unknown-command', 'did you mean build?'],
    [['esr', 'stauts'], 'usage.unknown-command', 'did you mean status?'],
    [['plan', '--stge', 'build'], 'usage.unknown-option', 'did you mean --stage?'],
    [['plan', '--stage', 'biuld'], 'usage.invalid-argument', 'osrel plan --help'],
    [['matrix', 'foo'], 'usage.invalid-argument', 'osrel matrix --help'],
    [['why'], 'usage.missing-argument', 'osrel why --help'],
    [['plan', 'extra'], 'usage.excess-arguments', 'osrel plan --help'],
    [['plan', '--quiet', '--verbose'], 'flags.contradiction', 'give one'],
    [['plan', '--json', '--output', 'jsonl'], 'flags.contradiction', 'give one'],
    [['release', '--force-finalize'], 'force.no-reason', '--reason'],
    [['release', '--reason', 'because'], 'force.reason-unused', '--force-finalize'],
    [['run'], 'plan.not-given', '--out'],
    [['plan', '--cwd', '/does/not/exist'], 'directory.missing', '--cwd'],
  ])('%j exits with 2, a code and a way out', async (words, code, hint) => {
    const { exitCode, stdout, stderr } = await runOsrel(words);
    expect({ exitCode, stdout: words.includes('--json') ? '' : stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toContain(`error[${code}]`);
    expect(stderr).toMatch(/^hint: .*/m);
    expect(stderr).toContain(hint);
  });

  it.each([['--json'], ['--output=json'], ['--output=jsonl']])(
    'is one JSON document on stdout with %s, and text on stderr',
    async (flag) => {
      const { exitCode, stdout, stderr } = await runOsrel(['biuld', flag]);
      expect(exitCode).toBe(2);
      expect(JSON.parse(stdout)).toEqual({
        schemaVersion: 1,
        error: {
          code: 'usage.unknown-command',
          message: "unknown command 'biuld'",
          hint: 'did you mean build? See: osrel --help',
          exitCode: 2,
          details: {},
        },
      });
      expect(stderr).toContain('error[usage.unknown-command]');
    },
  );

  it('shows a stack only with --debug', async () => {
    expect((await runOsrel(['run'])).stderr).not.toContain('    at ');
    expect((await runOsrel(['run', '--debug'])).stderr).toContain('    at ');
  });

  it('has colour only when it is forced', async () => {
    expect((await runOsrel(['biuld'])).stderr).not.toContain('\u001b');
    expect((await runOsrel(['biuld'], { env: { FORCE_COLOR: '1' } })).stderr).toContain('\u001b[31m');
  });

  it('cannot make a CI runner obey words that come from the command line', async () => {
    const { stderr } = await runOsrel(['verify', 'x\n::set-env name=A::b\n##[error]y'], {
      env: { GITHUB_ACTIONS: 'true', NO_COLOR: '1' },
    });
    expect(stderr).not.toMatch(/^\s*::set-env/m);
    expect(stderr).not.toContain('##[');
  });
});
