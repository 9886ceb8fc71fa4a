import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { asOsrelError } from '../errors/osrel-error.ts';
import type { BuildSettingsChange } from './build-settings-change.ts';
import { parseFrontEndArguments, readFrontEndArguments } from './front-end-arguments.ts';
import { OPTION_NAMES } from './front-end-options.ts';

const changeOf = (...items: readonly string[]) => parseFrontEndArguments(items, 'build.args');
const problemsOf = (...items: readonly string[]) =>
  readFrontEndArguments(items).problems.map(({ item, message }) => `${item}: ${message}`);
const variables = (...pairs: readonly (readonly [string, string])[]) => ({
  variables: pairs.map(([name, value]) => ({ name, value })),
});

describe('arguments of the front end', () => {
  it.each<readonly [items: readonly string[], change: BuildSettingsChange]>([
    [[], {}],
    [['-k'], { continueAfterFailure: true }],
    [['--continue'], { continueAfterFailure: true }],
    [['-c'], { compressImage: true }],
    [['--compress'], { compressImage: true }],
    [['-d'], { developmentImage: true }],
    [['--development-image'], { developmentImage: true }],
    [['-r'], { fresh: true }],
    [['--remove-build'], { fresh: true }],
    [['--rm-work'], { removeWork: true }],
    [['--build-history'], { buildHistory: true }],
    [['-l', '--log'], {}],
    [['--supervisor-version', '17.0.1'], { supervisorVersion: '17.0.1' }],
    [['-b', 'build-sb'], { buildDirectory: 'build-sb' }],
    [['--build-name', 'b2'], { buildDirectory: 'b2' }],
    [['--shared-downloads', '/srv/dl'], { downloads: '/srv/dl' }],
    [['--shared-sstate', '/srv/sstate'], { sharedState: '/srv/sstate' }],
    [['-t', 'layers/meta-x/conf/samples'], { templates: 'layers/meta-x/conf/samples' }],
    [['--templates-path', '/opt/conf'], { templates: '/opt/conf' }],
    [['-a', 'A=1'], variables(['A', '1'])],
    [['--additional-variable', 'A=1'], variables(['A', '1'])],
  ])('%j ask for %j', (items, change) => {
    expect(changeOf(...items)).toEqual(change);
  });

  it('may stand in one line or in several items', () => {
    const change = { continueAfterFailure: true, ...variables(['A', '1'], ['B', '2']) };
    expect(changeOf('-k -a A=1 -a B=2')).toEqual(change);
    expect(changeOf('-k', '-a', 'A=1', '-a B=2')).toEqual(change);
    expect(changeOf('  -k', '-a A=1', '-a', 'B=2')).toEqual(change);
  });

  it('keep the last of a single value', () => {
    expect(changeOf('-b one -b two')).toEqual({ buildDirectory: 'two' });
  });
});

describe('a variable', () => {
  it.each<readonly [items: readonly string[], name: string, value: string]>([
    [['-a', 'A='], 'A', ''],
    [['-a', 'A=b=c=='], 'A', 'b=c=='],
    [['-a', 'A=b c'], 'A', 'b c'],
    [['-a "A=b c"'], 'A', 'b c'],
    [["-a A='b c'"], 'A', 'b c'],
    [['-a', 'A=say "x"'], 'A', 'say "x"'],
    [['-a', `A=\${B} $(c) *`], 'A', `\${B} $(c) *`],
    [['-a', '_a-b_9=x'], '_a-b_9', 'x'],
  ])('of %j is %s = %j', (items, name, value) => {
    expect(changeOf(...items)).toEqual(variables([name, value]));
  });

  it('keeps any value of one line that the shell gave as a word', () => {
    const value = fc.string().filter((text) => !/\p{Cc}/u.test(text));
    fc.assert(
      fc.property(value, (text) => {
        expect(changeOf('-a', `NAME=${text}`)).toEqual(variables(['NAME', text]));
      }),
    );
  });

  it.each([
    ['=x', '"" is no variable name'],
    ['1 2', 'needs NAME=VALUE'],
    ['9A=1', '"9A" is no variable name'],
    ['A B=1', '"A B" is no variable name'],
    ['A:append=1', '"A:append" is no variable name'],
    ['-k', 'needs NAME=VALUE'],
    ['A=one\ntwo', 'on one line'],
    ['MACHINE=x', '--machine'],
    ['TMPDIR=/x', 'tmp/deploy'],
  ])('is refused when it is %j', (assignment, reason) => {
    expect(problemsOf('-a', assignment)).toEqual([expect.stringContaining(reason)]);
  });

  it.each(['SIGN_API_KEY', 'SIGN_KMOD_KEY_APPEND', 'BALENA_API_TOKEN'])(
    'that holds a secret is refused without telling it: %s',
    (name) => {
      const [problem] = problemsOf('-a', `${name}=hunter2`);
      expect(problem).toContain(`build.secrets: { ${name}: { env: NAME } }`);
      expect(problem).not.toContain('hunter2');
    },
  );

  it('may be an empty secret, as the reference gives it', () => {
    expect(changeOf('-a BALENA_API_TOKEN=')).toEqual(variables(['BALENA_API_TOKEN', '']));
  });
});

describe('a list option', () => {
  it.each<readonly [items: readonly string[], change: BuildSettingsChange]>([
    [['--bitbake-target', 'a'], { targets: ['a'] }],
    [['--bitbake-target', 'a', 'b', 'c'], { targets: ['a', 'b', 'c'] }],
    [['--bitbake-target', 'a b', 'c'], { targets: ['a', 'b', 'c'] }],
    [['--bitbake-target a b -k'], { targets: ['a', 'b'], continueAfterFailure: true }],
    [
      ['--bitbake-target', 'a', '-k', '--bitbake-target', 'b'],
      { targets: ['a', 'b'], continueAfterFailure: true },
    ],
    [
      ['--bitbake-target', 'mc:qemu:image', 'virtual/kernel', 'x:do_deploy'],
      { targets: ['mc:qemu:image', 'virtual/kernel', 'x:do_deploy'] },
    ],
    [['--bitbake-args', '-k'], { bitbakeArguments: ['-k'] }],
    [['--bitbake-args', '-c cleanall'], { bitbakeArguments: ['-c', 'cleanall'] }],
    [['--bitbake-args', '-c', 'cleanall'], { bitbakeArguments: ['-c', 'cleanall'] }],
    [
      ['--bitbake-args "-c cleanall -f" -d'],
      { bitbakeArguments: ['-c', 'cleanall', '-f'], developmentImage: true },
    ],
    [
      ['--bitbake-args', '-c cleanall -f', '-d'],
      { bitbakeArguments: ['-c', 'cleanall', '-f'], developmentImage: true },
    ],
    [
      ['--bitbake-args', '-DD', '--bitbake-args', '-f', '-a', 'A=1'],
      { bitbakeArguments: ['-DD', '-f'], ...variables(['A', '1']) },
    ],
  ])('takes from %j: %j', (items, change) => {
    expect(changeOf(...items)).toEqual(change);
  });

  it('takes no option for a target', () => {
    expect(problemsOf('--bitbake-target', '-k')).toEqual(['0: --bitbake-target: no bitbake target: "-k"']);
    expect(problemsOf('--bitbake-target', 'a;b')).toEqual(['0: --bitbake-target: no bitbake target: "a;b"']);
  });
});

describe('an argument that cannot be used', () => {
  it.each([
    [['--bitbake-tagret', 'x'], '0: unknown option --bitbake-tagret; did you mean --bitbake-target?'],
    [['--rmwork'], '0: unknown option --rmwork; did you mean --rm-work?'],
    [['-x'], '0: unknown option -x'],
    [['-kd'], '0: unknown option -kd'],
    [['--frobnicate=secret'], '0: unknown option --frobnicate'],
    [
      ['--shared-sstate=/x'],
      '0: --shared-sstate takes its value as a word of its own: --shared-sstate VALUE',
    ],
    [['word'], `0: "word" belongs to no option; a value with blanks needs quotes: -a 'NAME=a b'`],
    [['-a A=b c'], `0: "c" belongs to no option; a value with blanks needs quotes: -a 'NAME=a b'`],
    [['-k', '-a "A=1'], '1: a " is never closed'],
    [['-a'], '0: -a needs a value'],
    [['-b', ''], '0: -b needs a value'],
    [['--bitbake-args', ' '], '0: --bitbake-args needs a value'],
    [
      ['-b', 'a/../..'],
      '0: -b: "a/../.." is no name for a build folder: needs a plain folder name below the repository root',
    ],
    [
      ['-b', 'layers'],
      '0: -b: "layers" is a folder of the repository itself; choose another name, such as build',
    ],
    [
      ['-b', '.git'],
      '0: -b: ".git" is no name for a build folder: needs a plain folder name below the repository root',
    ],
    [['-t', 'conf/samples'], '0: -t: templates path "conf/samples" must be absolute or begin with layers/'],
    [['-t', 'layers/../..'], '0: -t: templates path "layers/../.." must be absolute or begin with layers/'],
    [
      ['--shared-downloads', 'dl'],
      '0: --shared-downloads: "dl" is no absolute path without blanks and quotes',
    ],
    [['--shared-sstate', '/a b'], '0: --shared-sstate: "/a b" is no absolute path without blanks and quotes'],
    [
      ['--supervisor-version', '-d'],
      '0: --supervisor-version: "-d" is no supervisor version, such as 17.0.1',
    ],
  ])('%j: %s', (items, problem) => {
    expect(problemsOf(...items)).toEqual([problem]);
  });

  it.each(['-h', '--help', '-v', '--version', '-i', '--interactive', '-n', '--dry-run'])(
    'is %s, with the reason',
    (option) => {
      expect(problemsOf(option, '-k')).toEqual([
        expect.stringContaining(`option ${option} cannot be used: `),
      ]);
    },
  );

  it.each([
    [['-m', 'raspberrypi5'], 'osrel build --machine'],
    [['--resinio'], 'leave it out'],
    [['--staging'], '--env'],
    [['--debug-image'], '--development-image'],
    [['--supervisor-tag', 'v1'], '--supervisor-version'],
    [['--skip-discontinued'], '--machine'],
    [['--extension', 'x'], 'x-build.recipe'],
    [['--bitbake-task', 'clean'], '--bitbake-args'],
  ])('%j names what replaces it', (items, replacement) => {
    expect(problemsOf(...items)).toEqual([expect.stringContaining(replacement)]);
  });

  it('does not hide the ones after it', () => {
    const items = ['--nope', 'x', '-a', 'ok=1', '-q', '-b', '..'];
    expect(problemsOf(...items).map((problem) => problem[0])).toEqual(['0', '4', '5']);
    expect(readFrontEndArguments(items).change).toEqual(variables(['ok', '1']));
  });

  it('is told with its place, all at once', () => {
    const error = refusalOf(['-k', '--nope', '-a x']);
    expect(error).toMatchObject({ code: 'build.bad-arguments', exitCode: 2 });
    expect(error?.problems.map(({ at }) => at)).toEqual([
      'osrel.yml build.args[1]',
      'osrel.yml build.args[2]',
    ]);
    expect(error?.hint).toContain('--bitbake-target');
  });

  it('is the message itself when it is the only one', () => {
    expect(refusalOf(['--nope'])?.message).toBe('osrel.yml build.args[0]: unknown option --nope');
  });

  it('never makes the reader fail otherwise, whatever the words are', () => {
    const word = fc.oneof(fc.string(), fc.constantFrom(...OPTION_NAMES, '-a', '-m', 'A=1', '"', "'", '-'));
    fc.assert(
      fc.property(fc.array(word), (items) => {
        const { problems } = readFrontEndArguments(items);
        expect(problems.every(({ item }) => item >= 0 && item < items.length)).toBe(true);
      }),
    );
  });
});

function refusalOf(items: readonly string[]) {
  try {
    parseFrontEndArguments(items, 'osrel.yml build.args');
  } catch (error) {
    return asOsrelError(error);
  }
  return undefined;
}
