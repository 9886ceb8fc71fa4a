import { spawnSync } from 'node:child_process';
import { appendFile, cp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readPayload } from '../payloads/read-payload.ts';
import { makeFolder, ROOT, runOsrel } from './run-osrel.ts';

const PRODUCTION = `environments:
  production:
    balena: { host: balena.invalid, organization: balena_os }
    store: { kind: s3, bucket: files, region: us-east-1, acl: canned }
    github: { report: true }
    secrets: { balenaApiKey: { env: DEPLOY_KEY }, githubToken: { env: CI_TOKEN } }
`;
const MACHINE = ['--machine', 'generic-amd64'];

/** The example repository with a remote environment, committed. */
async function makeRepository(): Promise<string> {
  const cwd = await makeFolder();
  await cp(join(ROOT, 'examples/device-repository'), cwd, {
    recursive: true,
    filter: (path) => !/\/(build-tools|\.osrel|deploy)$/.test(path),
  });
  await appendFile(join(cwd, 'osrel.yml'), PRODUCTION);
  const git = (...words: readonly string[]) =>
    spawnSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b.c', ...words], { cwd });
  git('init', '-q', '-b', 'main');
  git('add', '-A');
  git('commit', '-q', '-m', 'first');
  return cwd;
}

describe('osrel permissions', () => {
  it('tells without any credential what a release will need, and how to ask so', async () => {
    const cwd = await makeRepository();
    const refused = await runOsrel(['permissions', '--env', 'production', ...MACHINE], { cwd });
    expect(refused.exitCode).toBe(9);
    expect(refused.stderr.replaceAll(/\s+/g, ' ')).toContain(
      'osrel plan --env local --save-facts facts.json',
    );

    const saved = await runOsrel(
      ['plan', '--env', 'local', '--save-facts', '.osrel-facts.json', ...MACHINE],
      {
        cwd,
      },
    );
    expect(saved.exitCode, saved.stderr).toBe(0);
    const words = ['permissions', '--env', 'production', '--facts', '.osrel-facts.json', ...MACHINE];
    const told = await runOsrel(words, { cwd });
    expect(told.exitCode, told.stderr).toBe(0);
    for (const text of ['arn:aws:s3:::files/images/generic-amd64/6.5.1/*', '(DEPLOY_KEY)', 'checks: write'])
      expect(told.stdout).toContain(text);

    const answer = JSON.parse((await runOsrel([...words, '--json'], { cwd })).stdout);
    expect(answer).toMatchObject({
      schemaVersion: 1,
      environment: 'production',
      plans: [{ target: { slug: 'generic-amd64', version: '6.5.1' } }],
      aws: { policy: { Version: '2012-10-17' } },
      balena: { variables: ['DEPLOY_KEY'], applications: ['balena_os/generic-amd64'] },
      github: { variables: ['CI_TOKEN'], permissions: { statuses: 'write' } },
    });
  });

  it('gives less for one stage, and follows an event', async () => {
    const cwd = await makeRepository();
    await runOsrel(['plan', '--env', 'local', '--save-facts', '.osrel-facts.json', ...MACHINE], { cwd });
    const words = [
      'permissions',
      '--json',
      '--env',
      'production',
      '--facts',
      '.osrel-facts.json',
      ...MACHINE,
    ];
    const build = JSON.parse((await runOsrel([...words, '--stage', 'build'], { cwd })).stdout);
    expect(JSON.stringify(build.aws)).not.toContain('s3:PutObject');
    expect(build.balena.registry).toEqual([]);

    await writeFile(join(cwd, '.event.json'), JSON.stringify(readPayload('pull-request-fork')));
    const fork = await runOsrel([...words, '--event', '.event.json'], { cwd });
    expect(fork.exitCode, fork.stderr).toBe(0);
    // A fork's tests leave a receipt; nothing of it is published.
    const written = JSON.parse(fork.stdout).aws.policy.Statement.find(
      ({ Sid }: { readonly Sid: string }) => Sid === 'StoreWrite',
    );
    expect(written.Resource).toEqual([
      'arn:aws:s3:::files/osrel-claims/test-receipts/generic-amd64/6.5.1/*',
      'arn:aws:s3:::files/osrel-probes/*',
      'arn:aws:s3:::files/test-receipts/generic-amd64/6.5.1/*',
    ]);
    expect(JSON.parse(fork.stdout).balena.registry).toEqual([]);
  });
});
