import { describe, expect, it } from 'vitest';
import { childEnvironment } from './child-environment.ts';

const host = {
  PATH: '/bin',
  LC_ALL: 'C.UTF-8',
  API_TOKEN: 'value',
  MACHINE: 'qemu',
  EMPTY: '',
  HOME: undefined,
};

describe('childEnvironment', () => {
  it('passes what every program needs and what was named, nothing else', () => {
    expect(childEnvironment({ host, passed: ['MACHINE', 'EMPTY', 'ABSENT'], secrets: [] })).toEqual({
      PATH: '/bin',
      LC_ALL: 'C.UTF-8',
      MACHINE: 'qemu',
      EMPTY: '',
    });
  });

  it('never passes a secret, even one that was asked for by name', () => {
    const passed = childEnvironment({ host, passed: ['API_TOKEN', 'MACHINE'], secrets: ['API_TOKEN'] });
    expect(passed).toEqual({ PATH: '/bin', LC_ALL: 'C.UTF-8', MACHINE: 'qemu' });
  });
});
