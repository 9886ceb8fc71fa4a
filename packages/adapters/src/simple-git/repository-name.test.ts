import { describe, expect, it } from 'vitest';
import { repositoryNameOf } from './repository-name.ts';

describe('repositoryNameOf', () => {
  it.each([
    ['https://github.com/balena-os/balena-raspberrypi', 'balena-os/balena-raspberrypi'],
    ['https://github.com/balena-os/balena-raspberrypi.git', 'balena-os/balena-raspberrypi'],
    ['https://token:x@github.com/owner/name.git/', 'owner/name'],
    ['ssh://git@github.com:22/owner/name.git', 'owner/name'],
    ['git@github.com:owner/name.git', 'owner/name'],
    ['github.com:owner/name', 'owner/name'],
    ['git://example.org/owner/name', 'owner/name'],
    ['https://gitlab.com/group/subgroup/name.git', 'subgroup/name'],
    ['https://github.com/owner/name.with.dots\n', 'owner/name.with.dots'],
  ])('reads %s', (url, name) => {
    expect(repositoryNameOf(url)).toBe(name);
  });

  it.each([
    '',
    '\n',
    '/srv/git/owner/name.git',
    '../name',
    'file:///srv/git/owner/name.git',
    'https://github.com/name',
  ])('has no name for %j', (url) => {
    expect(repositoryNameOf(url)).toBeNull();
  });
});
