import { spawnSync } from 'node:child_process';
import { chmod, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeFolder, OSREL, runOsrel } from './run-osrel.ts';

const complete = async (...words: readonly string[]) =>
  (await runOsrel(['__complete', ...words])).stdout.trimEnd().split('\n');

describe('completion', () => {
  it.each([
    [['pl'], ['plan']],
    [['re'], ['release', 'resume', 'receipts']],
    [
      ['esr', ''],
      ['status', 'plan', 'apply'],
    ],
    [['matrix', 't'], ['test']],
    [['plan', '--stage', 'fin'], ['finalize']],
    [['plan', '--sa'], ['--save-facts']],
    [
      ['--output', 'js'],
      ['json', 'jsonl'],
    ],
    [['nonsense', 'x'], ['']],
  ])('of %j offers %j', async (words, candidates) => {
    expect(await complete(...words)).toEqual(candidates);
  });

  it.each(['bash', 'zsh', 'fish'])('prints a script for %s', async (shell) => {
    const { exitCode, stdout } = await runOsrel(['completion', shell]);
    expect(exitCode).toBe(0);
    expect(stdout).toContain('osrel __complete');
  });

  it('works in bash', async () => {
    const folder = await makeFolder();
    await symlink(OSREL, join(folder, 'osrel'));
    const script = join(folder, 'try.sh');
    await writeFile(
      script,
      'source <(osrel completion bash)\nCOMP_WORDS=(osrel plan --stage fi); COMP_CWORD=3; _osrel; echo "$COMPREPLY"\n',
    );
    await chmod(script, 0o755);
    const { stdout, stderr } = spawnSync('bash', [script], {
      env: { PATH: `${folder}:${process.env.PATH}` },
      encoding: 'utf8',
    });
    expect({ stdout, stderr }).toEqual({ stdout: 'finalize\n', stderr: '' });
  });
});
