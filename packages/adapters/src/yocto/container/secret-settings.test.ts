import { describe, expect, it } from 'vitest';
import { findToken, renderSecretSettings } from './secret-settings.ts';

describe('renderSecretSettings', () => {
  it('is empty without secrets', () => {
    expect(renderSecretSettings([], undefined, {})).toBe('');
  });

  it('writes every secret and the token', () => {
    const secrets = [{ name: 'SIGN_API_KEY', env: 'KEY' }];
    expect(renderSecretSettings(secrets, { name: 'BALENA_API_TOKEN', value: 't' }, { KEY: 'a"b' })).toBe(
      `BALENA_API_TOKEN = "t"\nSIGN_API_KEY = 'a"b'\n`,
    );
  });

  it('prefers a token that was configured', () => {
    const secrets = [{ name: 'BALENA_API_TOKEN', env: 'MINE' }];
    const token = { name: 'BALENA_API_TOKEN', value: 'found' };
    expect(renderSecretSettings(secrets, token, { MINE: 'configured' })).toBe(
      'BALENA_API_TOKEN = "configured"\n',
    );
  });

  it('keeps a secret of several lines on one line of the file', () => {
    const text = renderSecretSettings([{ name: 'PEM', env: 'PEM' }], undefined, { PEM: 'a\nb\n' });
    expect(text.split('\n')).toHaveLength(2);
  });

  it('names every secret that is not set', () => {
    const secrets = ['A', 'B'].map((env) => ({ name: `X_${env}`, env }));
    expect(() => renderSecretSettings(secrets, undefined, { A: '' })).toThrow('A, B');
  });
});

describe('findToken', () => {
  it('takes the token without the line end of its file', () => {
    expect(findToken('T', { T: ' abc\n' })).toBe('abc');
  });

  it.each([undefined, '', ' \n'])('finds none in %j', (value) => {
    expect(findToken('T', { T: value })).toBeUndefined();
    expect(findToken(undefined, { T: 'abc' })).toBeUndefined();
  });

  it.each(['a b', 'a\nB=c', 'a\u0000b'])('refuses %j without telling it', (value) => {
    const find = () => findToken('T', { T: value });
    expect(find).toThrow('the token in T');
    expect(find).not.toThrow(value);
  });
});
