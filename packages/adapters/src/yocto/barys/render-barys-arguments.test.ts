import { describe, expect, it } from 'vitest';
import { buildRequest } from '../bitbake/test-repository.ts';
import { renderBarysArguments } from './render-barys-arguments.ts';

type Settings = NonNullable<Parameters<typeof buildRequest>[0]>;
const NO_FOLDERS = { downloads: null, sharedState: null };

const render = (settings: Settings = {}, recipe?: string, folders = NO_FOLDERS) =>
  renderBarysArguments(buildRequest(settings, recipe === undefined ? {} : { recipe }), folders);
const wordsOf = (...all: Parameters<typeof render>) => render(...all).arguments.join(' ');

describe('renderBarysArguments', () => {
  it('leaves the choice to barys when nothing is wished', () => {
    expect(render()).toEqual({ arguments: ['--log', '--machine', 'tiny'], leftOver: [] });
  });

  it('has every option, in the order of the reference', () => {
    const settings: Settings = {
      bitbakeArguments: ['-c', 'cleanall', '-v'],
      targets: ['balena-image', 'virtual/kernel'],
      continueAfterFailure: true,
      developmentImage: true,
      compressImage: true,
      buildHistory: true,
      buildDirectory: 'out',
      supervisorVersion: 'v17.0.0',
      templates: 'layers/meta-x/conf/samples',
      variables: [{ name: 'A', value: '1' }],
      removeWork: true,
    };
    const { arguments: words } = renderBarysArguments(buildRequest(settings), {
      downloads: '/d',
      sharedState: '/s',
    });
    expect(words).toEqual([
      ...['--log', '--machine', 'tiny'],
      ...['--bitbake-args', '-c', 'cleanall', '--bitbake-args', '-v'],
      ...['--bitbake-target', 'balena-image', '--bitbake-target', 'virtual/kernel'],
      ...['--continue', '--development-image', '--compress', '--build-history', '--build-name', 'out'],
      ...['--supervisor-version', 'v17.0.0', '--templates-path', 'layers/meta-x/conf/samples'],
      ...['-a', 'A=1', '--shared-downloads', '/d', '--shared-sstate', '/s', '--rm-work'],
    ]);
  });

  it('takes the targets, else the recipe of an extension', () => {
    expect(wordsOf({ removeWork: true }, 'tools')).toContain('--bitbake-target tools --rm-work');
    expect(wordsOf({ removeWork: true, targets: ['a'] }, 'tools')).not.toContain('tools');
  });

  it.each([
    ['a recipe', {}, 'tools'],
    ['a target', { targets: ['a'] }, undefined],
    ['bitbake arguments', { bitbakeArguments: ['-c', 'cleanall'] }, undefined],
    ['a variable that goes elsewhere', { targets: ['a'], variables: [{ name: 'A', value: '"' }] }, undefined],
  ])('never ends with a list, also with %s alone', (_what, settings, recipe) => {
    const { arguments: words } = render(settings, recipe);
    expect(words.slice(-2)).toEqual(['--machine', 'tiny']);
    expect(words.filter((word) => word === '--machine')).toHaveLength(1);
    expect(words.at(0)).toMatch(/^--bitbake-(?:args|target)$/);
  });

  it('leaves over the values that barys would break apart, and only those', () => {
    const broken = ['two words', 'tab\there', 'say "x"', 'a*', 'a?', '[a]', 'a\\b'];
    const whole = ['', 'a=b', "it's", '$X', '$(X)/y', 'a#b', 'a;b'];
    const variables = [...whole, ...broken].map((value, index) => ({ name: `V${index}`, value }));
    const rendered = render({ variables });
    expect(rendered.leftOver.map(({ value }) => value)).toEqual(broken);
    expect(rendered.arguments.filter((word) => word.startsWith('V'))).toEqual(
      whole.map((value, index) => `V${index}=${value}`),
    );
  });

  it.each(['', 'two words', 'a*', 'a?', '[x]', 'a\nb'])('refuses the bitbake argument %j', (word) => {
    expect(() => render({ bitbakeArguments: ['-v', word] })).toThrow(
      expect.objectContaining({
        kind: 'config',
        code: 'build.argument-unusable',
        message: expect.stringContaining(JSON.stringify(word)),
      }),
    );
  });

  it.each(['', 'a b', 'a"b', "a'b", 'a`b', 'a$b', 'a&b', 'a#b', 'a\\b'])(
    'refuses %j wherever it would reach a sed expression of barys',
    (value) => {
      const unusable = expect.objectContaining({ kind: 'config', code: 'build.argument-unusable' });
      expect(() => render({ supervisorVersion: value })).toThrow(unusable);
      expect(() => render({ templates: value })).toThrow(unusable);
      for (const name of ['downloads', 'sharedState'])
        expect(() => renderBarysArguments(buildRequest(), { ...NO_FOLDERS, [name]: value })).toThrow(
          unusable,
        );
    },
  );

  it('refuses names that are none', () => {
    const malformed = expect.objectContaining({ kind: 'usage', code: 'build.malformed-name' });
    expect(() => render({ targets: ['-k'] })).toThrow(malformed);
    expect(() => render({}, '--help')).toThrow(malformed);
    expect(() => render({ buildDirectory: '../x' })).toThrow(malformed);
    expect(() => renderBarysArguments(buildRequest({}, { machine: 'a b' }), NO_FOLDERS)).toThrow(malformed);
  });
});
