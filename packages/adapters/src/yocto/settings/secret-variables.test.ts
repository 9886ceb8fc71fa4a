import { OsrelError } from '@osrel/core';
import { describe, expect, it } from 'vitest';
import { hideSecretVariables, passNames, passSecretVariables } from './secret-variables.ts';

const SECRETS = [
  { name: 'SIGN_API_KEY', env: 'CI_SIGN_KEY' },
  { name: 'SIGN_KMOD_KEY_APPEND', env: 'CI_KMOD' },
];
const NEW = 'BB_ENV_PASSTHROUGH_ADDITIONS';

describe('hideSecretVariables', () => {
  it('shows the names of bitbake and no value', () => {
    expect(hideSecretVariables({ PATH: '/bin' }, SECRETS, NEW)).toEqual({
      PATH: '/bin',
      SIGN_API_KEY: '***',
      SIGN_KMOD_KEY_APPEND: '***',
      BB_ENV_PASSTHROUGH_ADDITIONS: 'SIGN_API_KEY SIGN_KMOD_KEY_APPEND',
    });
  });

  it('changes nothing when there are no secrets', () => {
    expect(hideSecretVariables({ PATH: '/bin' }, [], NEW)).toEqual({ PATH: '/bin' });
  });
});

describe('passSecretVariables', () => {
  it('gives each value under the name of bitbake only', () => {
    const available = { CI_SIGN_KEY: 'k1', CI_KMOD: 'k2', OTHER: 'x' };
    expect(passSecretVariables({}, SECRETS, { available, passthrough: 'BB_ENV_EXTRAWHITE' })).toEqual({
      SIGN_API_KEY: 'k1',
      SIGN_KMOD_KEY_APPEND: 'k2',
      BB_ENV_EXTRAWHITE: 'SIGN_API_KEY SIGN_KMOD_KEY_APPEND',
    });
  });

  it('names every secret that is missing, and no value', () => {
    const call = () => passSecretVariables({}, SECRETS, { available: { CI_KMOD: '' }, passthrough: NEW });
    expect(call).toThrow(OsrelError);
    expect(call).toThrow(
      expect.objectContaining({
        code: 'build.secret-missing',
        problems: [
          expect.objectContaining({ at: 'CI_SIGN_KEY' }),
          expect.objectContaining({ at: 'CI_KMOD' }),
        ],
      }),
    );
  });
});

describe('passNames', () => {
  it('keeps what is let through already, each once, always in the same order', () => {
    const first = passNames({ [NEW]: 'MACHINE DL_DIR' }, ['SIGN_API_KEY', 'MACHINE'], NEW);
    expect(first).toEqual({ [NEW]: 'DL_DIR MACHINE SIGN_API_KEY' });
    expect(passNames(first, ['MACHINE', 'SIGN_API_KEY'], NEW)).toEqual(first);
  });
});
