import { describe, expect, it } from 'vitest';
import { explainConfig } from './config-settings.ts';
import { parseConfig } from './parse-config.ts';

const DOCUMENT = {
  machines: { 'raspberrypi4-64': { 'device-type': 'pi4', build: { args: ['-k'] } } },
  tests: { matrix: [{ suite: 'smoke', command: ['./smoke.sh'] }] },
  environments: {
    'balena-cloud.com': {
      store: { bucket: 'my-images', region: 'us-east-1' },
      secrets: { balenaApiKey: { env: 'BALENA_API_DEPLOY_KEY' } },
    },
  },
  events: { 'pull-request': { 'deploy-hostapp': false } },
};
const config = parseConfig(DOCUMENT, { file: 'osrel.yml', lineOf: (path) => 10 + path.length });
const rows = explainConfig(config);
const rowOf = (path: string) => rows.find((row) => row.path === path);

describe('the explained configuration', () => {
  it.each([
    ['system', 'balena-os', 'default'],
    ['machines.raspberrypi4-64.slug', 'pi4', 'osrel.yml:13'],
    ['machines.raspberrypi4-64.tier', 'blocker', 'default'],
    ['machines.raspberrypi4-64.build.args', ['-k'], 'osrel.yml:14'],
    ['machines.raspberrypi4-64.build.continue', true, 'osrel.yml:14'],
    ['build.continue', false, 'default'],
    ['environments["balena-cloud.com"].store.bucket', 'my-images', 'osrel.yml:14'],
    ['environments["balena-cloud.com"].balena.host', 'balena-cloud.com', 'default'],
    ['environments.local.store.kind', 'directory', 'default'],
    ['events.pull-request.deploy-hostapp', 'no', 'osrel.yml:13'],
    ['events.tag.deploy-s3', 'yes', 'default'],
    ['tests.finalize-when-passed', true, 'default'],
  ])('says what %s is and where it came from', (path, value, origin) => {
    expect(rowOf(path)).toEqual({ path, value, origin });
  });

  it('gives required suites the origin of the matrix they were taken from', () => {
    expect(rowOf('tests.required')).toEqual({
      path: 'tests.required',
      value: ['smoke'],
      origin: 'osrel.yml:12',
    });
  });

  it('shows a secret by the name of its variable', () => {
    expect(rowOf('environments["balena-cloud.com"].secrets.balenaApiKey.env')?.value).toBe(
      'BALENA_API_DEPLOY_KEY',
    );
  });

  it('has an origin for every row and a row for every origin', () => {
    expect(rows.map(({ path }) => path)).toEqual(Object.keys(config.origins));
    expect(new Set(rows.map(({ path }) => path)).size).toBe(rows.length);
  });

  it('names the file where lines are unknown', () => {
    const { origins } = parseConfig(DOCUMENT, { file: 'osrel.yml' });
    expect(origins['tests.matrix']).toBe('osrel.yml');
  });

  it('survives a trip through JSON', () => {
    expect(JSON.parse(JSON.stringify(rows))).toEqual(rows);
  });
});
