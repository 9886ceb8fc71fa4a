import {
  type BuildDescription,
  type Json,
  type OsBuilder,
  type OsBuildRequest,
  PLAIN_BUILD,
} from '@osrel/core';
import { describe, expect, it } from 'vitest';
import { describeBuilds } from './describe-builds.ts';
import { samplePlan, sampleStep } from './testing/sample-run.ts';

const REQUEST: OsBuildRequest = {
  machine: 'raspberrypi5',
  slug: 'raspberrypi5',
  deviceTypeBaseName: 'raspberrypi5',
  service: 'hostapp',
  image: 'balena-image',
  settings: PLAIN_BUILD,
  imageOutput: 'balena-image-raspberrypi5.docker',
  expectedLabels: {},
  expectedFiles: ['VERSION_HOSTOS'],
  expectedFolders: [],
  assets: [],
  sourceSha: null,
};

/** What the plan says of that step: the request and what its result must be, as JSON. */
const WANTED: Json = { ...JSON.parse(JSON.stringify(REQUEST)), expectedVersion: '6.5.1' };

const DESCRIPTION: BuildDescription = {
  frontEnd: 'barys',
  command: {
    file: 'barys',
    arguments: ['-m', 'raspberrypi5'],
    workingDirectory: '/repo',
    environment: { HOME: '/home/me', MACHINE: 'raspberrypi5', API_KEY: '***' },
  },
  ownVariables: ['MACHINE', 'API_KEY', 'NEVER_SET'],
  settingsFile: null,
  notes: [],
  problems: [],
};

function builderThat(asked: OsBuildRequest[]): OsBuilder {
  const refuse = () => Promise.reject(new Error('a dry run only describes'));
  return {
    describe: async (request) => {
      asked.push(request);
      return DESCRIPTION;
    },
    findFinished: refuse,
    build: refuse,
  };
}

describe('the builds of a plan', () => {
  const steps = [
    sampleStep('check-source', 'build'),
    sampleStep('build-hostapp', 'build', {
      kind: 'build-service',
      with: WANTED,
    }),
    sampleStep('create-draft', 'deploy'),
  ];

  it('are described by the requests that their steps would make', async () => {
    const asked: OsBuildRequest[] = [];
    const builds = await describeBuilds(samplePlan({ steps }), { osBuilder: builderThat(asked) });
    expect(asked).toEqual([REQUEST]);
    expect(builds.map(({ stepId }) => stepId)).toEqual(['build-hostapp']);
  });

  it('show of the environment what osrel sets, and nothing of its surroundings', async () => {
    const [build] = await describeBuilds(samplePlan({ steps }), { osBuilder: builderThat([]) });
    expect(build?.command.environment).toEqual({ MACHINE: 'raspberrypi5', API_KEY: '***' });
    expect(build).not.toHaveProperty('ownVariables');
  });

  it('are none where nothing is built', async () => {
    expect(await describeBuilds(samplePlan(), { osBuilder: builderThat([]) })).toEqual([]);
  });
});
