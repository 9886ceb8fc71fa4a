import { describe, expect, it } from 'vitest';
import { parseConfLines } from './conf-statements.ts';
import { judgedNames, judgeVariables } from './judge-variables.ts';
import { findOverruledSettings, type WantedVariable } from './overruled-settings.ts';

const DEVELOPMENT: WantedVariable = { name: 'OS_DEVELOPMENT', operator: '=', value: '0' };
const REMOVE_WORK: WantedVariable = { name: 'INHERIT', operator: '+=', value: 'rm_work' };
const MIRRORS: WantedVariable = { name: 'MIRRORS:append', operator: '=', value: ' git://.*/.* https://m/ ' };
const SECRET: WantedVariable = { name: 'SIGN_API_KEY', operator: '=' };

const statements = (text: string) =>
  parseConfLines(text, 'conf/local.conf').flatMap((line) => (line.kind === 'statement' ? [line] : []));

function overruled(wanted: WantedVariable, after: string, before = ''): readonly string[] {
  const read = { before: statements(before), after: statements(after), overrides: ['rpi5'] };
  return findOverruledSettings([wanted], read).map(({ at, message }) => `${at} ${message}`);
}

describe('findOverruledSettings', () => {
  it('names file and line of a hard assignment that is read later', () => {
    expect(overruled(DEVELOPMENT, '# mine\nOS_DEVELOPMENT = "1"')).toEqual([
      'conf/local.conf:2 OS_DEVELOPMENT = "1" beats "0", which this build asks for',
    ]);
  });

  it.each([
    'OS_DEVELOPMENT ?= "1"',
    'OS_DEVELOPMENT ??= "1"',
    'OS_DEVELOPMENT = "0"',
    '#OS_DEVELOPMENT = "1"',
    'OS_DEVELOPMENT:rpi4 = "1"',
    'OS_DEVELOPMENTS = "1"',
    'MY_OS_DEVELOPMENT = "1"',
  ])('lets %s pass', (text) => {
    expect(overruled(DEVELOPMENT, text)).toEqual([]);
  });

  it.each([
    ['OS_DEVELOPMENT := "1"', 'beats'],
    ['OS_DEVELOPMENT:rpi5 = "1"', 'beats'],
    ['OS_DEVELOPMENT_rpi5 = "1"', 'beats'],
    ['OS_DEVELOPMENT .= "1"', 'adds to'],
    ['OS_DEVELOPMENT:append = "1"', 'adds to'],
    ['OS_DEVELOPMENT_append = "1"', 'adds to'],
    ['OS_DEVELOPMENT:rpi5:append = "1"', 'adds to'],
    ['OS_DEVELOPMENT:remove = "0"', 'takes from'],
  ])('says that %s %s the setting', (text, effect) => {
    expect(overruled(DEVELOPMENT, text)).toEqual([expect.stringContaining(` ${effect} "0"`)]);
  });

  it('minds an override that is read earlier, and no assignment', () => {
    expect(overruled(DEVELOPMENT, '', 'OS_DEVELOPMENT = "1"')).toEqual([]);
    expect(overruled(DEVELOPMENT, '', 'OS_DEVELOPMENT:rpi5 = "1"')).toHaveLength(1);
  });

  it('lets others add classes, but not drop ours', () => {
    expect(overruled(REMOVE_WORK, 'INHERIT += "cyclonedx-export"')).toEqual([]);
    expect(overruled(REMOVE_WORK, 'INHERIT = "mine"')).toHaveLength(1);
    expect(overruled(REMOVE_WORK, 'INHERIT:remove = "rm_work"')).toHaveLength(1);
    expect(overruled(REMOVE_WORK, 'INHERIT:remove = "other"')).toEqual([]);
  });

  it('knows that an append is beaten by no assignment', () => {
    expect(overruled(MIRRORS, 'MIRRORS = "x y"\nMIRRORS += "a b"')).toEqual([]);
  });

  it('takes any assignment for one that beats a secret of the environment, and shows neither value', () => {
    expect(overruled(SECRET, '', 'SIGN_API_KEY = "old-secret"')).toEqual([
      'conf/local.conf:1 SIGN_API_KEY = ... beats its secret, which this build asks for',
    ]);
    expect(overruled(SECRET, 'SIGN_API_KEY ?= ""')).toEqual([]);
  });
});

describe('judgeVariables', () => {
  it('reports what has another value in the end', () => {
    expect(judgeVariables([DEVELOPMENT], { OS_DEVELOPMENT: '1' })).toEqual([
      { at: 'OS_DEVELOPMENT', message: 'OS_DEVELOPMENT is "1" in this build, not "0"' },
    ]);
    expect(judgeVariables([DEVELOPMENT], { OS_DEVELOPMENT: '0' })).toEqual([]);
  });

  it('looks for the words of what is added', () => {
    expect(judgeVariables([REMOVE_WORK], { INHERIT: 'buildstats rm_work' })).toEqual([]);
    expect(judgeVariables([REMOVE_WORK], { INHERIT: 'buildstats rm_work_and_more' })).toHaveLength(1);
    expect(judgeVariables([MIRRORS], { MIRRORS: 'a b git://.*/.* https://m/ ' })).toEqual([]);
    expect(judgeVariables([MIRRORS], { MIRRORS: 'a b' })).toHaveLength(1);
  });

  it('does not judge secrets, expansions, overrides, and what it was not told', () => {
    const expansion: WantedVariable = { name: 'A', operator: '=', value: '$' + '{TOPDIR}/x' };
    const override: WantedVariable = { name: 'A:rpi5', operator: '=', value: 'x' };
    const effective = { A: 'y', SIGN_API_KEY: 'z' };
    expect(judgeVariables([expansion, override, SECRET, DEVELOPMENT], effective)).toEqual([]);
  });

  it('asks for each name once', () => {
    expect(judgedNames([REMOVE_WORK, { ...REMOVE_WORK, value: 'buildhistory' }, MIRRORS, SECRET])).toEqual([
      'INHERIT',
      'MIRRORS',
    ]);
  });
});
