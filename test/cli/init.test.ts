import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { makeFolder, runOsrel } from './run-osrel.ts';

describe('osrel init', () => {
  it('writes a configuration, ignores its own folders, and adds a workflow when asked', async () => {
    const cwd = await makeFolder();
    await writeFile(join(cwd, '.gitignore'), 'node_modules');
    const { exitCode, stdout } = await runOsrel(['init', '--github', '--machine', 'raspberrypi4-64'], {
      cwd,
    });
    expect(exitCode).toBe(0);
    expect(stdout).toBe('create osrel.yml\ncreate .github/workflows/osrel.yml\nextend .gitignore\n');
    expect(parse(await readFile(join(cwd, 'osrel.yml'), 'utf8'))).toEqual({
      system: 'balena-os',
      machines: { 'raspberrypi4-64': {} },
    });
    expect(await readFile(join(cwd, '.gitignore'), 'utf8')).toBe('node_modules\n.osrel/\ndeploy/\n');
    const workflow = parse(await readFile(join(cwd, '.github/workflows/osrel.yml'), 'utf8'));
    expect(workflow.jobs.release.steps.at(-1).run).toContain('osrel auto');
  });

  it('changes nothing the second time', async () => {
    const cwd = await makeFolder();
    await runOsrel(['init'], { cwd });
    expect(await runOsrel(['init'], { cwd })).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('is set up already'),
    });
  });

  it('never replaces a file without --force, and then writes nothing at all', async () => {
    const cwd = await makeFolder();
    await writeFile(join(cwd, 'osrel.yml'), 'machines: {}\n');
    const refused = await runOsrel(['init'], { cwd });
    expect(refused.exitCode).toBe(2);
    expect(refused.stderr).toContain('error[init.exists]');
    await expect(stat(join(cwd, '.gitignore'))).rejects.toThrow();
    expect((await runOsrel(['init', '--force'], { cwd })).stdout).toContain('replace osrel.yml');
  });

  it('writes nothing in a dry run', async () => {
    const cwd = await makeFolder();
    const { stdout } = await runOsrel(['init', '--dry-run', '--json'], { cwd });
    expect(JSON.parse(stdout).files).toEqual([
      { path: 'osrel.yml', action: 'create' },
      { path: '.gitignore', action: 'create' },
    ]);
    await expect(stat(join(cwd, 'osrel.yml'))).rejects.toThrow();
  });
});
