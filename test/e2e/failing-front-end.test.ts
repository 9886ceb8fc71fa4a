import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { expectRefusal } from './expect-refusal.ts';
import { documentOf, osrel } from './osrel-process.ts';
import { FRONT_END, makeTinyCheckout } from './tiny-checkout.ts';

const mayChange = ['.osrel/', 'build/', 'tiny.json'];
const words = ['release'];

describe('a front end', () => {
  it('that is missing is refused with the command that brings it', async () => {
    const { path, commit } = await makeTinyCheckout();
    await commit('Forget the submodule', { [FRONT_END]: undefined });
    await expectRefusal(path, {
      words,
      exitCode: 2,
      code: 'build.no-front-end',
      names: [FRONT_END],
      hint: 'git submodule update',
      mayChange,
    });
  });

  it('that fails is told with its last lines, and its log is kept', async () => {
    const { path } = await makeTinyCheckout();
    const options = { env: { TINY_FAIL: '1' } };
    const spoken = await expectRefusal(path, {
      words,
      exitCode: 1,
      code: 'build.failed',
      names: ['tiny', 'exit code 3', 'ERROR: do_compile failed'],
      options,
      mayChange,
    });
    const { runId, outcome, steps } = documentOf(spoken);
    expect(outcome).toBe('failed');
    expect(steps.find((step: { id: string }) => step.id === 'create-draft').outcome).toBe('blocked');
    const log = await readFile(join(path, '.osrel/runs', runId, 'logs/build-hostapp.log'), 'utf8');
    expect(log).toContain('ERROR: do_compile failed');
    expect((await osrel(path, ['logs', runId, 'build-hostapp'])).stdout).toContain('do_compile failed');
    const resumed = await osrel(path, ['resume', runId]);
    expect(resumed.exitCode, resumed.stderr).toBe(0);
  });

  it.each(['VERSION_HOSTOS', 'balena-image-tiny.balenaos-img', 'balena-image-tiny.docker'])(
    'that does not make %s is refused with its name',
    async (name) => {
      const { path } = await makeTinyCheckout();
      await expectRefusal(path, {
        words,
        exitCode: 1,
        code: 'build.output-missing',
        names: [name],
        options: { env: { TINY_SKIP: name } },
        mayChange,
      });
    },
  );

  it('that builds another version than VERSION says is refused with both (W24)', async () => {
    const { path } = await makeTinyCheckout();
    const options = { env: { TINY_VERSION: '6.5.2' } };
    const spoken = await osrel(path, ['release', '--json'], options);
    expect([1, 4, 8], spoken.stderr).toContain(spoken.exitCode);
    const { error } = documentOf(spoken);
    expect(error.message).toContain('6.5.1');
    expect(error.message).toContain('6.5.2');
    expect(error.hint).toMatch(/\S/);
  });
});
