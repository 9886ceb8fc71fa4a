import { describe, expect, it } from 'vitest';
import { checkBitbakeArguments } from './bitbake-arguments.ts';

function problemsOf(words: readonly string[]): readonly string[] {
  try {
    checkBitbakeArguments(words);
    return [];
  } catch (error) {
    expect(error).toMatchObject({ kind: 'config', code: 'build.argument-unusable' });
    const { problems } = error as { problems: { at: string; message: string }[] };
    return problems.map(({ at, message }) => `${at} ${message}`);
  }
}

describe('checkBitbakeArguments', () => {
  it.each([
    [[]],
    [['-k']],
    [['-kf', '-DDD', '-v']],
    [['-c', 'cleanall', 'linux-raspberrypi']],
    [['-ccleanall', 'linux-raspberrypi']],
    [['-fc', '-k']],
    [['--cmd=compile', '--runall', 'fetch', 'virtual/kernel']],
    [['--no-setscene', 'mc:one:image', 'image:do_rootfs']],
    [['-R', '/etc/extra conf']],
  ])('passes %j on as it is', (words) => {
    expect(checkBitbakeArguments(words)).toEqual(words);
  });

  it('names every word bitbake would not take, with the nearest option', () => {
    expect(problemsOf(['--contineu', '-k', '-Z', '--cmd'])).toEqual([
      'build.bitbake-args[0] --contineu: bitbake has no such option; did you mean --continue?',
      'build.bitbake-args[2] -Z: bitbake has no such option',
      'build.bitbake-args --cmd: a value must follow',
    ]);
  });

  it.each([
    [['-n'], 'it builds nothing'],
    [['-kn'], 'it builds nothing'],
    [['--ui=ncurses'], 'knotty'],
    [['-w', 'x.json'], 'event log'],
    [['--server-only'], 'server'],
    [['--continue=yes'], 'takes no value'],
  ])('refuses %j, which would make a build something else', (words, reason) => {
    expect(problemsOf(words)[0]).toContain(reason);
  });

  it.each(['a b', '$(x)', ';', '-', '../x', ''])('refuses the target %j', (word) => {
    expect(() => checkBitbakeArguments([word])).toThrow(
      expect.objectContaining({ code: 'build.malformed-name' }),
    );
  });
});
