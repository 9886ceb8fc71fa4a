import { describe, expect, it } from 'vitest';
import { commitId, environmentName, loginName, onOneLine, refName, repositoryName } from './event-values.ts';

describe('values of an event', () => {
  it.each(['main', 'feature/-x', 'refs/heads/20.x', 'refs/tags/v6.5.1+rev2', 'a@b', 'ünïcode'])(
    'takes the ref %j',
    (ref) => expect(refName.safeParse(ref).success).toBe(true),
  );

  it.each([
    '',
    '@',
    '-x',
    'refs/tags/-x',
    'refs/heads/',
    'a..b',
    'a//b',
    '/a',
    'a/',
    '.a',
    'a/.b',
    'a.',
    'a.lock',
    'a.lock/b',
    'a b',
    'a~1',
    'a^',
    'a:b',
    'a?',
    'a*',
    'a[0',
    'a\\b',
    'a@{1}',
    'a\nb',
    'a\u0000',
    'a\u007f',
  ])('refuses the ref %j', (ref) => expect(refName.safeParse(ref).success).toBe(false));

  it.each(['0'.repeat(40), 'a'.repeat(39), 'A'.repeat(40), `${'a'.repeat(40)}\n`])(
    'refuses the commit id %j',
    (sha) => expect(commitId.safeParse(sha).success).toBe(false),
  );

  it.each(['owner', 'owner/..', 'owner/.', 'a/b/c', '-a/b', 'a/b c', '../b'])(
    'refuses the repository %j',
    (name) => expect(repositoryName.safeParse(name).success).toBe(false),
  );

  it.each(['balena-os/balena-raspberrypi', 'some_user/.github', 'o/r.js'])(
    'takes the repository %j',
    (name) => expect(repositoryName.safeParse(name).success).toBe(true),
  );

  it('takes people, bots and managed users as accounts', () => {
    const names = ['octo-cat', 'renovate[bot]', 'name_company'];
    expect(names.map((name) => loginName.safeParse(name).success)).toEqual([true, true, true]);
    expect(loginName.safeParse('a b').success).toBe(false);
  });

  it('refuses an environment name that is a path', () => {
    expect(environmentName.safeParse('../balena-cloud.com').success).toBe(false);
    expect(environmentName.safeParse('balena-cloud.com').success).toBe(true);
  });

  it('puts free text on one line', () => {
    expect(onOneLine(' a\r\n\u001bb\u0085c ')).toBe('a b c');
  });
});
