import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { documentOf, osrel } from './osrel-process.ts';
import { FRONT_END, makeTinyCheckout } from './tiny-checkout.ts';

describe('a dry run of a build', () => {
  it('shows the exact command behind the plan, and writes nothing', async () => {
    const { path, git } = await makeTinyCheckout();
    const { stdout, exitCode } = await osrel(path, ['build', '--dry-run', '--', '-a', "GREETING=it's"]);
    expect(exitCode).toBe(0);
    const [, shown = ''] = stdout.split('\nbuild-hostapp runs barys\n');
    expect(shown).toContain(`${FRONT_END} `);
    expect(shown).toMatch(/--machine \S+ /);
    expect(shown).toContain(`-a 'GREETING=it'\\''s'`);
    expect(git('status', '--porcelain').trim()).toBe('');
  });

  it('answers with the plan and its builds, which osrel run takes as the plan', async () => {
    const { path } = await makeTinyCheckout();
    const previewed = await osrel(path, ['build', '--dry-run', '--json']);
    const answer = documentOf(previewed);
    expect(answer.builds).toMatchObject([
      { stepId: 'build-hostapp', frontEnd: 'barys', command: { workingDirectory: path }, problems: [] },
    ]);
    const file = join(path, '.osrel-plan.json');
    await writeFile(file, previewed.stdout);
    const ran = await osrel(path, ['run', '--plan', file, '--json']);
    expect(documentOf(ran)).toMatchObject({ planId: answer.planId, outcome: 'done' });
  });

  it('tells on stderr too why a build could not run, and still succeeds', async () => {
    const { path } = await makeTinyCheckout();
    await chmod(join(path, FRONT_END), 0o644);
    const { stdout, stderr, exitCode } = await osrel(path, ['build', '--dry-run', '--json']);
    expect(exitCode).toBe(0);
    const [build] = JSON.parse(stdout).builds;
    expect(build.problems).toHaveLength(1);
    expect(stderr).toContain('warning: build-hostapp cannot run here yet');
  });

  it('refuses words that the front end would not understand', async () => {
    const { path } = await makeTinyCheckout();
    const { exitCode, stderr } = await osrel(path, ['build', '--dry-run', '--', '--machin', 'x']);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('error[build.bad-arguments]');
  });
});
