import { describe, expect, it } from 'vitest';
import { createFlags } from './flags.ts';
import { settleFlags } from './settings.ts';

const settle = (values: Readonly<Record<string, unknown>>, frontEndArguments: readonly string[] = []) =>
  settleFlags({ flags: createFlags(values), frontEndArguments }, '/repo');

describe('settings of builds', () => {
  it('say nothing about containers unless asked', () => {
    expect(settle({}).build).toEqual({ arguments: [] });
  });

  it.each([
    [true, 'auto'],
    ['docker', 'docker'],
    ['none', 'none'],
  ] as const)('read --container %s as %s', (value, container) => {
    expect(settle({ container: value }).build).toEqual({ container, arguments: [] });
  });

  it('carry the words for the front end as they are', () => {
    expect(settle({}, ['-a', 'A=b c', '']).build.arguments).toEqual(['-a', 'A=b c', '']);
  });
});

it('settings refuse flags that contradict each other', () => {
  expect(() => settle({ quiet: true, verbose: true })).toThrow('--quiet and --verbose cannot both hold');
  expect(() => settle({ json: true, output: 'text' })).toThrow('--json and --output text cannot both hold');
});
