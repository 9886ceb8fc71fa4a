import { describe, expect, it } from 'vitest';
import { findLogin } from './docker-logins.ts';
import { parseChallenge } from './parse-challenge.ts';

describe("a login in docker's config", () => {
  const auth = Buffer.from('me:pass:word').toString('base64');
  const text = JSON.stringify({
    auths: {
      'https://index.docker.io/v1/': { auth },
      'ghcr.io': { username: 'me', password: 'two' },
      'a.test': {},
    },
  });

  it('is found by the host of the registry', () => {
    expect(findLogin(text, 'ghcr.io')).toEqual({ user: 'me', password: 'two' });
    expect(findLogin(text, 'registry-1.docker.io')).toEqual({ user: 'me', password: 'pass:word' });
    for (const host of ['a.test', 'io', 'other.test:5000']) expect(findLogin(text, host)).toBeUndefined();
    expect(findLogin(undefined, 'ghcr.io')).toBeUndefined();
  });

  it('that cannot be read is an error that quotes nothing of it', () => {
    const error = (() => {
      try {
        return findLogin('{"auths": {"ghcr.io": {"auth": secret', 'ghcr.io');
      } catch (thrown) {
        return thrown;
      }
    })();
    expect(error).toMatchObject({ kind: 'config', code: 'registry.docker-config' });
    expect(`${(error as Error).message} ${(error as Error).cause}`).not.toContain('secret');
  });
});

describe('a challenge', () => {
  it.each([
    [
      'Bearer realm="https://a.test/token",service="reg \\"x\\"",scope="repository:a:pull,push",error="invalid_token"',
      {
        scheme: 'bearer',
        realm: 'https://a.test/token',
        service: 'reg "x"',
        scope: 'repository:a:pull,push',
      },
    ],
    ['Basic realm="x", charset="UTF-8"', { scheme: 'basic', realm: 'x', service: null, scope: null }],
    ['Negotiate, Bearer realm=a', { scheme: 'bearer', realm: 'a', service: null, scope: null }],
    ['Negotiate', undefined],
    [undefined, undefined],
  ])('%j is read', (header, expected) => {
    expect(parseChallenge(header)).toEqual(expected);
  });
});
