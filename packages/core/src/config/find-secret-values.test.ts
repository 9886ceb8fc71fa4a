import { describe, expect, it } from 'vitest';
import { findSecretValues, hideSecretValues } from './find-secret-values.ts';

const TOKEN = `ghp_${'a1B2'.repeat(9)}`;

describe('a value that looks like a secret', () => {
  it.each([
    [TOKEN],
    [`github_pat_${'A1_'.repeat(10)}`],
    [`glpat-${'x9'.repeat(10)}`],
    ['AKIAABCDEFGHIJKLMNOP'],
    ['-----BEGIN RSA PRIVATE KEY-----\nMIIE'],
    ['eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2ln'],
    ['https://user:pass@example.com/x'],
  ])('is found wherever it stands: %j', (text) => {
    const found = findSecretValues({ build: { args: ['--flag', text] } });
    expect(found).toEqual([{ path: ['build', 'args', 1], text, isObvious: true }]);
  });

  it.each([
    '3f1c0a9be27d45118c6a0d7e9b5f2241c8e07d13',
    'v6.5.1+rev2',
    'https://s3.example.com:9000/x',
    'us-east-1',
  ])('is not %j', (text) => expect(findSecretValues({ build: { args: [text] } })).toEqual([]));

  it('may be a key', () => {
    expect(findSecretValues({ [TOKEN]: 1 })).toEqual([{ path: [TOKEN], text: TOKEN, isObvious: true }]);
  });

  it('is everything below secrets that is no name of a variable', () => {
    const secrets = {
      a: 'hunter2-x',
      b: { env: 'not a name' },
      c: { value: 'plain' },
      d: { env: 'API_KEY' },
    };
    const found = findSecretValues({ environments: { e: { secrets } } });
    expect(found.map(({ text }) => text)).toEqual(['hunter2-x', 'not a name', 'plain']);
    expect(found.every(({ isObvious }) => !isObvious)).toBe(true);
  });

  it.each([
    ['secrets', { secrets: { X: 'hunter2' } }],
    ['the source of a secret', { secrets: { X: { env: 'hunter 2' } } }],
    ['the key of signing', { signing: { key: 'hunter2' } }],
    ['the appended kernel key', { signing: { 'kmod-key-append': 'MIIBhunter2' } }],
    ['credentials', { 'sstate-cache': { credentials: { 'access-key-id': 'hunter2' } } }],
    ['credentials of a mirror', { 'source-mirror': { write: { credentials: 'hunter2', x: 1 } } }],
    ['a variable with the name of a secret', { variables: { SIGN_API_KEY: 'hunter2' } }],
  ])('of a build is what stands for %s', (_, build) => {
    expect(findSecretValues({ build })).toHaveLength(1);
    expect(findSecretValues({ machines: { m: { build } } })).toHaveLength(1);
  });

  it('of a build is no name of a variable and no other value', () => {
    const build = {
      secrets: { X: { env: 'A_B' } },
      signing: { api: 'https://sign.example', key: { env: 'K' }, 'rsa-key-id': 'fe1b' },
      'sstate-cache': { bucket: 'abc', credentials: { 'access-key-id': { env: 'ID' } } },
      variables: { A: 'hunter2' },
    };
    expect(findSecretValues({ build, machines: { m: { build } } })).toEqual([]);
  });

  it('is hidden in messages, the longest first', () => {
    const secret = (text: string) => ({ path: [], text, isObvious: true });
    expect(hideSecretValues('is abcdef and abcd', [secret('abcd'), secret('abcdef')])).toBe(
      'is [hidden] and [hidden]',
    );
  });
});
