import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { STAGES } from '@osrel/core';
import { describe, expect, it } from 'vitest';
import { makeFolder, OSREL, runOsrel } from './run-osrel.ts';

describe('help', () => {
  it('is short without arguments, and says where to start', async () => {
    const { stdout, exitCode } = await runOsrel([]);
    expect(exitCode).toBe(0);
    expect(stdout.split('\n').length).toBeLessThan(14);
    expect(stdout).toContain('osrel plan');
  });

  it('lists every stage as a command', async () => {
    const { stdout } = await runOsrel(['--help']);
    for (const stage of STAGES) expect(stdout).toMatch(new RegExp(`^  ${stage} +\\S`, 'm'));
  });

  it.each([['plan'], ['esr', 'plan'], ['image', 'prepare'], ['completion']])(
    'of a command starts with examples: %s %s',
    async (...words) => {
      const { stdout, exitCode } = await runOsrel([...words.filter((word) => word !== undefined), '--help']);
      expect(exitCode).toBe(0);
      expect(stdout.indexOf('Examples')).toBeGreaterThan(0);
      expect(stdout.indexOf('Examples')).toBeLessThan(stdout.indexOf('Usage:'));
    },
  );

  it('is what a group of commands prints without a command', async () => {
    const { stdout, exitCode } = await runOsrel(['image']);
    expect(exitCode).toBe(0);
    expect(stdout).toContain('inspect');
  });

  it('fits into 110 columns', async () => {
    for (const words of [['--help'], ['plan', '--help'], ['init', '--help'], ['auto', '--help']]) {
      const { stdout } = await runOsrel(words);
      for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(110);
    }
  });
});

describe('the launcher', () => {
  it('works through a chain of symbolic links, absolute and relative, from any folder', async () => {
    const folder = await makeFolder();
    await symlink(OSREL, join(folder, 'one'));
    await symlink('one', join(folder, 'two'));
    const direct = await runOsrel(['--version']);
    expect(direct.stdout).toMatch(/^\d+\.\d+\.\d+\S*\n$/);
    expect(await runOsrel(['--version'], { file: join(folder, 'two'), cwd: '/' })).toEqual(direct);
  });
});
