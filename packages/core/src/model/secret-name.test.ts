import { describe, expect, it } from 'vitest';
import { isSecretName } from './secret-name.ts';

describe('isSecretName', () => {
  it.each([
    'BALENA_API_DEPLOY_KEY',
    'GITHUB_TOKEN',
    'AWS_SECRET_ACCESS_KEY',
    'npm_config_password',
    'PBDKF2_PASSPHRASE',
    'BALENA_API_KEY',
    'SIGN_API_KEY_2',
  ])('takes %s for a secret', (name) => {
    expect(isSecretName(name)).toBe(true);
  });

  it.each([
    'PATH',
    'HOME',
    'GITHUB_SHA',
    'SSH_AUTH_SOCK',
    'AWS_WEB_IDENTITY_TOKEN_FILE',
    'ACTIONS_ID_TOKEN_REQUEST_URL',
  ])('passes %s on', (name) => {
    expect(isSecretName(name)).toBe(false);
  });
});
