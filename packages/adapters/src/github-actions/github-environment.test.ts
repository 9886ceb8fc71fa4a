import { asOsrelError } from '@osrel/core';
import { describe, expect, it } from 'vitest';
import { findVariable, readGithubEnvironment } from './github-environment.ts';

const SHA = 'c'.repeat(40);

describe('the variables of GitHub Actions', () => {
  it('tell the workflow run', () => {
    const { workflow } = readGithubEnvironment(
      {
        GITHUB_WORKFLOW_REF:
          'balena-os/balena-raspberrypi/.github/workflows/raspberrypi5.yml@refs/pull/7/merge',
        GITHUB_WORKFLOW: 'Raspberry Pi 5',
        GITHUB_REPOSITORY: 'balena-os/balena-raspberrypi',
        GITHUB_RUN_ID: '8812',
        GITHUB_RUN_ATTEMPT: '2',
        GITHUB_SERVER_URL: 'https://github.example.com',
      },
      null,
    );
    expect(workflow).toEqual({
      file: 'raspberrypi5.yml',
      name: 'Raspberry Pi 5',
      runId: '8812',
      attempt: 2,
      url: 'https://github.example.com/balena-os/balena-raspberrypi/actions/runs/8812',
    });
  });

  it('may all be missing', () => {
    const read = readGithubEnvironment({}, SHA);
    expect(read).toMatchObject({ sha: null, ref: null, repository: null, actor: null, headSha: SHA });
    expect(read.workflow).toEqual({ file: null, name: null, runId: null, attempt: null, url: null });
  });

  it('count as missing when they are empty', () => {
    expect(findVariable({ GITHUB_SHA: '' }, 'GITHUB_SHA')).toBeNull();
  });

  it('are refused all at once when malformed', () => {
    const variables = {
      GITHUB_SHA: 'HEAD',
      GITHUB_REF: 'a..b',
      GITHUB_ACTOR: 'x',
      GITHUB_RUN_ATTEMPT: 'two',
    };
    let problems: readonly string[] = [];
    try {
      readGithubEnvironment(variables, null);
    } catch (error) {
      expect(asOsrelError(error)).toMatchObject({ code: 'ci.environment-malformed', exitCode: 2 });
      problems = (asOsrelError(error)?.problems ?? []).map(({ at }) => at);
    }
    expect(problems).toEqual(['GITHUB_SHA', 'GITHUB_REF', 'GITHUB_RUN_ATTEMPT']);
  });
});
