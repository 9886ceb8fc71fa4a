import { describe, expect, it } from 'vitest';
import { checkConfigRules, type RuleQuestion } from './config-rules.ts';

function broken(written: RuleQuestion['written'], question: Partial<RuleQuestion> = {}): readonly string[] {
  const environmentNames = Object.keys(written.environments ?? {});
  return checkConfigRules({ written, matrix: undefined, environmentNames, ...question }).map(
    ({ path, message }) => `${path.join('/')}: ${message}`,
  );
}

describe('machines', () => {
  it('have slugs of their own', () => {
    expect(broken({ machines: { a: { slug: 'x' }, b: { 'device-type': 'x' }, x: null } })).toEqual([
      'machines/b/device-type: slug "x" is taken by machine "a"',
      'machines/x/slug: slug "x" is taken by machine "a"',
    ]);
  });

  it('may say their slug twice only when it is the same', () => {
    expect(broken({ machines: { a: { slug: 'x', 'device-type': 'x' } } })).toEqual([]);
    expect(broken({ machines: { a: { slug: 'x', 'device-type': 'y' } } })).toEqual([
      'machines/a/device-type: differs from slug "x"; keep one of the two',
    ]);
  });
});

describe('required suites', () => {
  const matrix = [{ id: 'smoke', suite: 'smoke', lab: 'command', worker: 'local' }] as const;

  it('are in the matrix or built in', () => {
    expect(broken({ tests: { required: ['smoke', 'os', 'cloud', 'hup'] } }, { matrix })).toEqual([]);
    expect(broken({ tests: { required: ['os', 'burn-in'] } }, { matrix })).toEqual([
      'tests/required/1: suite "burn-in" is not in tests.matrix, so it could never pass; known: smoke, os, cloud, hup',
    ]);
  });

  it('are not held against a matrix that could not be read', () => {
    expect(broken({ tests: { required: ['burn-in'] } }, { matrix: 'unreadable' })).toEqual([]);
  });

  it('are listed once', () => {
    expect(broken({ tests: { required: ['os', 'os'] } })).toEqual([
      'tests/required/1: suite "os" is listed twice',
    ]);
  });
});

describe('environments', () => {
  it('are defined before one is the default', () => {
    expect(broken({ environment: 'local' })).toEqual([]);
    expect(broken({ environment: 'lokal' })).toEqual([
      'environment: environment "lokal" is not defined; did you mean "local"?',
    ]);
    expect(broken({ environment: 'production' })[0]).toContain('known: local');
  });

  it('count as defined when they are malformed', () => {
    expect(broken({ environment: 'e.x' }, { environmentNames: ['e.x'] })).toEqual([]);
  });

  it('named local stay local', () => {
    const local = {
      balena: { host: 'balena-cloud.com', organization: 'o' },
      store: { kind: 's3', bucket: 'b-1' },
      secrets: {},
    } as const;
    expect(broken({ environments: { local } }).map((problem) => problem.split(':')[0])).toEqual([
      'environments/local/balena/host',
      'environments/local/store/kind',
      'environments/local/store/bucket',
      'environments/local/secrets',
    ]);
  });

  it('need a host unless their name is one', () => {
    expect(broken({ environments: { 'balena-cloud.com': null } })).toEqual([]);
    expect(broken({ environments: { staging: {} } })[0]).toContain(
      'environments/staging/balena/host: missing',
    );
  });

  it('need a bucket where they have a store', () => {
    expect(broken({ environments: { 'e.x': { store: { region: 'eu' } } } })[0]).toContain(
      'store/bucket: missing',
    );
    expect(broken({ environments: { 'e.x': { store: { kind: 'directory' } } } })[0]).toContain('store/kind');
  });

  it('know the name of the key of the backend', () => {
    const secrets = { balenaApikey: { env: 'A' }, signingKey: { env: 'B' } };
    expect(broken({ environments: { 'e.x': { secrets } } })).toEqual([
      'environments/e.x/secrets/balenaApikey: unknown secret; did you mean "balenaApiKey"?',
    ]);
  });
});

describe('as-asked', () => {
  it('is for actions that a person can ask for', () => {
    const asked = { 'run-tests': 'as-asked', 'deploy-s3': 'as-asked' } as const;
    expect(broken({ events: { manual: asked } })).toEqual([]);
    expect(broken({ events: { manual: { 'deploy-esr': 'as-asked' } } })[0]).toContain(
      'nobody can ask for it',
    );
  });

  it('is refused where nobody can be asked', () => {
    expect(broken({ events: { tag: { build: 'as-asked' }, schedule: { build: true } } })).toEqual([
      'events/tag/build: only a pipeline started by hand can be asked; needs true or false',
    ]);
  });
});
