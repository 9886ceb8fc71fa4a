import { describe, expect, it } from 'vitest';
import { checkBuildName, checkTarget } from './build-name.ts';

const HOSTILE = ['', '-k', '--help', '.', '..', '../x', ' a', 'a b', 'a\n', 'a;b', 'a$b', 'é', 'a"b', '*'];

describe('checkBuildName', () => {
  it.each(['raspberrypi4-64', 'qemux86', 'linux_6.6', 'gtk+', '1x'])('takes %j', (name) => {
    expect(checkBuildName('machine', name)).toBe(name);
  });

  it.each([...HOSTILE, 'a/b', 'a:b'])('refuses %j', (name) => {
    expect(() => checkBuildName('machine', name)).toThrow(
      expect.objectContaining({
        kind: 'usage',
        code: 'build.malformed-name',
        message: `${JSON.stringify(name)} cannot be the name of a machine`,
      }),
    );
  });
});

describe('checkTarget', () => {
  it.each(['balena-image', 'virtual/kernel', 'linux:do_compile', 'mc:one:image'])('takes %j', (target) => {
    expect(checkTarget(target)).toBe(target);
  });

  it.each([...HOSTILE, '/etc', ':do_compile'])('refuses %j', (target) => {
    expect(() => checkTarget(target)).toThrow(
      expect.objectContaining({ kind: 'usage', code: 'build.malformed-name' }),
    );
  });
});
