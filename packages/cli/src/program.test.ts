import { describe, expect, it } from 'vitest';
import { parseCommandLine } from './program.ts';

const parse = (...words: readonly string[]) => parseCommandLine(words, '1.2.3');

describe('a command line', () => {
  it('gives what follows -- to the front end of a command that builds, as it stands', () => {
    const tail = ['-k', '--machine', 'x', '--', '-a', 'A=b c', ''];
    for (const command of ['build', 'release', 'plan', 'auto', 'run']) {
      expect(parse(command, '--json', '--', ...tail)).toMatchObject({
        kind: 'command',
        command,
        arguments: [],
        values: { json: true },
        frontEndArguments: tail,
      });
    }
  });

  it('gives no words to the front end without --, and none after an empty one', () => {
    expect(parse('build')).toMatchObject({ frontEndArguments: [] });
    expect(parse('build', '--')).toMatchObject({ frontEndArguments: [] });
  });

  it('takes what follows -- as arguments elsewhere', () => {
    expect(parse('finalize', '--', '-6.5.1')).toMatchObject({ arguments: ['-6.5.1'], frontEndArguments: [] });
    expect(parse('deploy', '--', '-k')).toMatchObject({ kind: 'unusable', code: 'usage.excess-arguments' });
  });

  it('refuses front-end options in front of --', () => {
    expect(parse('build', '--bitbake-args', '-k')).toMatchObject({ kind: 'unusable' });
  });

  it.each([
    [['build', '--container'], { container: true }],
    [['build', '--container', 'podman'], { container: 'podman' }],
    [['build', '--container', '--json'], { container: true, json: true }],
    [['plan', '--container=none'], { container: 'none' }],
  ])('reads %j', (words, values) => {
    expect(parse(...words)).toMatchObject({ kind: 'command', values });
  });

  it('refuses an engine that it does not know', () => {
    expect(parse('build', '--container', 'lxc')).toMatchObject({ kind: 'unusable' });
    expect(parse('test', '--container')).toMatchObject({ kind: 'unusable' });
  });
});
