import { describe, expect, it } from 'vitest';
import { EVENT_ACTIONS, type EVENT_NAMES, type EventChoice } from './config.ts';
import { parseConfig } from './parse-config.ts';

const parse = (document?: unknown) => parseConfig(document, { file: 'osrel.yml' });

describe('a repository without osrel.yml', () => {
  const config = parse();

  it('releases balena OS to the local environment', () => {
    expect(config).toMatchObject({
      system: 'balena-os',
      machines: [],
      build: { frontend: 'barys', container: null, arguments: [], settings: {}, signing: null },
      composition: { mergeArrays: 'replace' },
      defaultEnvironment: 'local',
    });
    expect(config.environments).toEqual({
      local: {
        name: 'local',
        kind: 'local',
        balena: { host: 'local', organization: 'balena_os', api: null, registry: null },
        store: {
          kind: 'directory',
          bucket: null,
          region: null,
          endpoint: null,
          pathStyle: null,
          acl: 'canned',
          encryption: 'none',
          kmsKey: null,
        },
        github: null,
        machineImages: null,
        secrets: {},
      },
    });
  });

  it('asks for the three suites of the reference', () => {
    expect(config.tests).toMatchObject({
      required: ['os', 'cloud', 'hup'],
      matrixIsConfigured: false,
      finalizeWhenPassed: true,
    });
    expect(config.tests.matrix.map(({ id, suite, lab }) => [id, suite, lab])).toEqual([
      ['os', 'os', 'leviathan'],
      ['cloud', 'cloud', 'leviathan'],
      ['hup', 'hup', 'leviathan'],
    ]);
  });

  const Y = 'yes';
  const N = 'no';
  const A = 'as-asked';
  // Columns: build, run-tests, deploy-hostapp, deploy-s3, check-merge-tests, finalize-hostapp, deploy-esr.
  it.each<readonly [(typeof EVENT_NAMES)[number], readonly EventChoice[]]>([
    ['pull-request', [Y, Y, Y, N, N, N, N]],
    ['tag', [Y, N, Y, Y, Y, Y, N]],
    ['esr-tag', [Y, N, Y, Y, Y, Y, Y]],
    ['manual', [Y, A, A, A, N, A, N]],
    ['branch', [N, N, N, N, N, N, N]],
    ['schedule', [Y, Y, N, N, N, N, N]],
  ])('treats the event %s as the table says', (event, choices) => {
    const cells = EVENT_ACTIONS.map((action) => config.events[event][action]);
    expect(cells).toEqual(choices.map((choice) => ({ choice, origin: 'default' })));
  });

  it('is the same for an empty document and for empty sections', () => {
    expect(parse(null)).toEqual(config);
    expect(
      parse({ machines: null, tests: { matrix: null }, environments: null, events: { tag: null } }),
    ).toEqual(config);
  });
});

describe('a written osrel.yml', () => {
  it('fills in what a machine leaves out', () => {
    const { machines } = parse({
      machines: {
        a: null,
        b: { slug: 'b-sb', tier: 'beta', build: { args: ['-k'] } },
        c: { 'device-type': 'd' },
      },
    });
    expect(machines).toMatchObject([
      { machine: 'a', deviceType: 'a', tier: 'blocker', buildArguments: [] },
      { machine: 'b', deviceType: 'b-sb', tier: 'beta', buildArguments: ['-k'] },
      { machine: 'c', deviceType: 'd', tier: 'blocker', buildArguments: [] },
    ]);
  });

  it('requires the suites of its matrix when it requires none by name', () => {
    const { tests } = parse({
      tests: {
        matrix: [
          { suite: 'smoke', command: ['./t.sh'] },
          { suite: 'os', lab: 'qemu' },
          { suite: 'os', lab: 'leviathan' },
        ],
      },
    });
    expect(tests).toMatchObject({ required: ['smoke', 'os'], matrixIsConfigured: true });
    expect(tests.matrix).toHaveLength(3);
  });

  it.each([
    ['a list', [{ suite: 'os', lab: 'leviathan' }]],
    ['an include list', { include: [{ test_suite: 'os', environment: 'balena-cloud.com' }] }],
    ['lists to combine', { test_suite: ['os'], environment: ['balena-cloud.com'] }],
    ['JSON text', '{"test_suite":["os"],"environment":["balena-cloud.com"]}'],
  ])('takes the matrix as %s', (_, matrix) => {
    const { tests } = parse({ tests: { matrix } });
    expect(tests.matrix.map(({ suite }) => suite)).toEqual(['os']);
    expect(tests.required).toEqual(['os']);
  });

  it('asks for no evidence when its matrix is empty', () => {
    expect(parse({ tests: { matrix: {} } }).tests).toMatchObject({
      required: [],
      matrix: [],
      matrixIsConfigured: true,
    });
  });

  it('takes required suites by name beside the matrix', () => {
    expect(parse({ tests: { required: ['hup'], 'finalize-when-passed': false } }).tests).toMatchObject({
      required: ['hup'],
      finalizeWhenPassed: false,
    });
  });

  it('defines remote environments beside the local one', () => {
    const { environments, defaultEnvironment } = parse({
      environment: 'balena-cloud.com',
      environments: {
        'balena-cloud.com': {
          store: { bucket: 'my-images' },
          secrets: { balenaApiKey: { env: 'BALENA_API_DEPLOY_KEY' } },
        },
        staging: { balena: { host: 'balena-staging.com', organization: 'my_org' } },
      },
    });
    expect(defaultEnvironment).toBe('balena-cloud.com');
    expect(Object.keys(environments)).toEqual(['local', 'balena-cloud.com', 'staging']);
    expect(environments['balena-cloud.com']).toEqual({
      name: 'balena-cloud.com',
      kind: 'remote',
      balena: { host: 'balena-cloud.com', organization: 'balena_os', api: null, registry: null },
      store: {
        kind: 's3',
        bucket: 'my-images',
        region: null,
        endpoint: null,
        pathStyle: null,
        acl: 'canned',
        encryption: 'AES256',
        kmsKey: null,
      },
      github: null,
      machineImages: null,
      secrets: { balenaApiKey: { env: 'BALENA_API_DEPLOY_KEY' } },
    });
    expect(environments.staging?.balena).toMatchObject({
      host: 'balena-staging.com',
      organization: 'my_org',
    });
  });

  it('may name the organization of the local environment', () => {
    const { local } = parse({ environments: { local: { balena: { organization: 'my_org' } } } }).environments;
    expect(local).toMatchObject({ kind: 'local', balena: { host: 'local', organization: 'my_org' } });
  });

  it.each([
    [true, 'yes'],
    ['yes', 'yes'],
    [false, 'no'],
    ['no', 'no'],
  ])('changes a cell of the table by %j', (value, choice) => {
    const { events } = parse({ events: { 'pull-request': { 'deploy-s3': value } } });
    expect(events['pull-request']['deploy-s3']).toEqual({
      choice,
      origin: 'osrel.yml: events.pull-request.deploy-s3',
    });
    expect(events['pull-request'].build.origin).toBe('default');
  });

  it('can make a manual start ask', () => {
    expect(parse({ events: { manual: { 'run-tests': 'as-asked' } } }).events.manual['run-tests'].choice).toBe(
      'as-asked',
    );
  });
});
