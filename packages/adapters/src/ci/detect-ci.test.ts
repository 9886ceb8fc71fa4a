import { describe, expect, it } from 'vitest';
import { detectCi } from './detect-ci.ts';

describe('which CI system this is', () => {
  it.each([
    ['github', { CI: 'true', GITHUB_ACTIONS: 'true' }, 'CI=true provider=github because GITHUB_ACTIONS=true'],
    ['gitlab', { CI: 'true', GITLAB_CI: 'true' }, 'CI=true provider=gitlab because GITLAB_CI=true'],
    ['jenkins', { JENKINS_URL: 'https://ci' }, 'CI=unset provider=jenkins because JENKINS_URL is set'],
    ['buildkite', { CI: '1', BUILDKITE: 'true' }, 'CI=1 provider=buildkite because BUILDKITE=true'],
    ['circleci', { CI: 'true', CIRCLECI: 'true' }, 'CI=true provider=circleci because CIRCLECI=true'],
    ['github', { GITHUB_EVENT_NAME: 'push' }, 'CI=unset provider=github because GITHUB_EVENT_NAME=push'],
  ])('is %s by %j', (provider, environment, line) => {
    expect(detectCi(environment)).toEqual({ provider, trace: [line] });
  });

  it.each([[{}], [{ CI: 'true' }], [{ GITHUB_ACTIONS: 'false' }], [{ GITLAB_CI: '' }]])(
    'is none by %j',
    (environment) => {
      const { provider, trace } = detectCi(environment);
      expect(provider).toBe('none');
      expect(trace[0]).toContain('none of GITHUB_ACTIONS, GITLAB_CI, JENKINS_URL, BUILDKITE, CIRCLECI');
    },
  );

  it('does not show an address, which may hold a password', () => {
    expect(JSON.stringify(detectCi({ JENKINS_URL: 'https://u:hunter2@ci' }))).not.toContain('hunter2');
  });

  it('keeps the trace on one line', () => {
    expect(detectCi({ CI: 'a\n::error::b' }).trace[0]).toMatch(/^CI=a ::error::b provider=none/);
  });
});
