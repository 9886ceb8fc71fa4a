import { generateKeyPairSync } from 'node:crypto';
import { OsrelError } from '@osrel/core';
import { describe, expect, it } from 'vitest';
import { readGithubCredential } from './github-credential.ts';

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const KEY = privateKey.export({ type: 'pkcs1', format: 'pem' }).toString().trim();

function read(variables: Readonly<Record<string, string>>, secrets: Readonly<Record<string, string>> = {}) {
  const sources = Object.fromEntries(Object.entries(secrets).map(([name, env]) => [name, { env }]));
  return readGithubCredential({ secrets: sources, readSecret: (env) => variables[env] });
}

describe('the credential for GitHub', () => {
  it('is the token that osrel.yml names, else that of the workflow, else none', () => {
    const variables = { MINE: 'one', GITHUB_TOKEN: 'two' };
    expect(read(variables, { githubToken: 'MINE' })).toEqual({ kind: 'token', token: 'one', from: 'MINE' });
    expect(read(variables)).toEqual({ kind: 'token', token: 'two', from: 'GITHUB_TOKEN' });
    expect(read({ GITHUB_TOKEN: ' ' })).toEqual({ kind: 'nobody', from: 'GITHUB_TOKEN' });
  });

  it('is an app before a token, also with the line breaks of its key written out', () => {
    const variables = { ID: '7', KEY: KEY.replaceAll('\n', '\\n'), GITHUB_TOKEN: 'two' };
    expect(read(variables, { githubAppId: 'ID', githubAppKey: 'KEY' })).toEqual({
      kind: 'app',
      appId: '7',
      privateKey: KEY,
      from: 'ID and KEY',
    });
  });

  it.each([
    [{}, { githubToken: 'MINE' }, 'github.credential-incomplete', 'MINE'],
    [{ ID: '7' }, { githubAppId: 'ID' }, 'github.credential-incomplete', 'its key'],
    [{ ID: '7' }, { githubAppId: 'ID', githubAppKey: 'KEY' }, 'github.credential-incomplete', 'KEY'],
    [
      { ID: '7', KEY: 'half-a-secret' },
      { githubAppId: 'ID', githubAppKey: 'KEY' },
      'github.app-key-malformed',
      'KEY',
    ],
  ] as const)('is refused where it is not whole: %j', (variables, secrets, code, named) => {
    const attempt = () => read(variables, secrets);
    expect(attempt).toThrow(OsrelError);
    expect(attempt).toThrow(expect.objectContaining({ kind: 'config', code }));
    expect(attempt).toThrow(named);
    expect(attempt).not.toThrow('half-a-secret');
  });
});
