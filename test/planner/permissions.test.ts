import {
  type Json,
  type Permissions,
  type Plan,
  type Ports,
  parseConfig,
  permissionsOf,
  planRelease,
  STEP_KINDS,
  type Trigger,
} from '@osrel/core';
import { describe, expect, it } from 'vitest';
import { planMachineImages } from '../../packages/core/src/pipelines/balena-os/plan-machine-image-stage.ts';
import { REMOTE_STEP_KINDS } from '../../packages/core/src/plan/step-needs.ts';
import { type FactsChange, facts, passedChecks, release, TREE } from '../builders/facts.ts';
import { command, pullRequest, tag } from '../builders/plan-of.ts';
import { machineImageConfig } from '../pipeline/machine-image-release.ts';

const REMOTE_PORTS: ReadonlySet<string> = new Set([
  'objectStore',
  'hostappApplications',
  'hostappReleases',
  'releaseAssets',
  'codeHost',
  'testReceipts',
  'machineImages',
  'machineImageStore',
]);

const OSREL_YML = {
  environments: {
    production: {
      balena: { host: 'balena-cloud.com', organization: 'balena_os' },
      store: { kind: 's3', bucket: 'files', region: 'us-east-1' },
    },
  },
};

type Production = Readonly<Record<string, unknown>>;

async function permissions(
  trigger: Trigger,
  change: FactsChange = {},
  production: Production = {},
  other: Readonly<Record<string, unknown>> = {},
): Promise<Permissions & { readonly plan: Plan }> {
  const config = parseConfig(
    { ...other, environments: { production: { ...OSREL_YML.environments.production, ...production } } },
    { file: 'osrel.yml' },
  );
  const savedFacts = JSON.parse(JSON.stringify(facts(change))) as Json;
  const request = { trigger, config, environment: 'production', machines: [], slug: null, savedFacts };
  const [planned] = await planRelease(request, {} as Ports);
  const environment = config.environments.production;
  if (planned === undefined || environment === undefined) throw new Error('nothing was planned');
  return { ...permissionsOf([planned.plan], environment), plan: planned.plan };
}

function statements({ aws }: Permissions): Readonly<Record<string, Permissions['aws']>> {
  return Object.fromEntries((aws?.policy.Statement ?? []).map((each) => [each.Sid, each as never]));
}

describe('permissions', () => {
  it('knows the needs of every step kind that touches a remote service', () => {
    const remote = [...STEP_KINDS.values()].filter((kind) =>
      kind.ports.some((port) => REMOTE_PORTS.has(port)),
    );
    expect([...REMOTE_STEP_KINDS].sort()).toEqual(remote.map(({ kind }) => kind).sort());
  });

  it('gives a release its own folder of the bucket, its pointer, and nothing else', async () => {
    const given = await permissions(tag('v6.5.1'), { checks: passedChecks() });
    expect(given.plan.stages.finalize).toBe('run');
    const bucket = 'arn:aws:s3:::files';
    const folder = `${bucket}/images/raspberrypi4-64/6.5.1/*`;
    const found = statements(given);
    expect(found.StoreWrite).toMatchObject({
      Resource: expect.arrayContaining([folder, `${bucket}/images/raspberrypi4-64/latest`]),
    });
    expect(found.StoreRemove).toMatchObject({ Action: ['s3:DeleteObject'] });
    expect(JSON.stringify(found.StoreRemove)).not.toContain('latest"');
    expect(found.StoreList).toMatchObject({
      Resource: [bucket],
      Condition: {
        StringLikeIfExists: { 's3:prefix': expect.arrayContaining(['images/raspberrypi4-64/6.5.1/*']) },
      },
    });
    expect(found.StoreFindParts).toMatchObject({ Action: ['s3:ListBucketMultipartUploads'] });
    const text = JSON.stringify(given.aws);
    for (const other of ['esr-images', 'kms:', 'ec2:', 's3:*', '"*"']) expect(text).not.toContain(other);
  });

  it('asks for access control lists only where the store has them, for the key only with aws:kms', async () => {
    const store = { kind: 's3', bucket: 'files' };
    const deploy = command('deploy');
    const built = {
      deployFolder: {
        manifestSha256: 'd'.repeat(64),
        sourceSha: 'a'.repeat(40),
        version: '6.5.1',
        dirty: false,
      },
    };
    const canned = await permissions(deploy, built, { store: { ...store, acl: 'canned' } });
    expect(JSON.stringify(canned.aws)).toContain('s3:PutObjectAcl');
    const none = await permissions(deploy, built, { store: { ...store, acl: 'none' } });
    expect(JSON.stringify(none.aws)).not.toContain('Acl');
    const key = 'arn:aws:kms:us-east-1:123456789012:key/1234';
    const encrypted = await permissions(deploy, built, {
      store: { ...store, encryption: 'aws:kms', 'kms-key': key },
    });
    expect(statements(encrypted).StoreKey).toMatchObject({
      Action: ['kms:GenerateDataKey', 'kms:Decrypt'],
      Resource: [key],
    });
  });

  it('asks of balena what the steps do, and for the tags of a fleet only when they rotate', async () => {
    const rolling = await permissions(tag('v6.5.1'), { checks: passedChecks() });
    const operations = ({ balena }: Permissions, resource: string) =>
      balena?.resources.find((each) => each.resource === resource)?.operations;
    expect(rolling.balena).toMatchObject({
      host: 'balena-cloud.com',
      applications: ['balena_os/raspberrypi4-64'],
      registry: ['pull', 'push'],
    });
    expect(operations(rolling, 'application_tag')).toEqual(['read']);
    expect(operations(rolling, 'release_asset')).toEqual(['create', 'read', 'update']);
    const esr = await permissions(tag('v2026.7.0'), { version: '2026.7.0', checks: passedChecks() });
    expect(esr.plan.stages.esr).toBe('run');
    expect(esr.balena?.applications).toEqual(['balena_os/raspberrypi4-64-esr']);
    expect(operations(esr, 'application_tag')).toEqual(['create', 'read', 'update']);
  });

  it('needs no more than to look where nothing is left to do', async () => {
    const manifest = 'e'.repeat(64);
    const own = release({ isFinal: true, mark: null, sourceSha: 'a'.repeat(40) });
    const given = await permissions(command('finalize', { release: '7' }), {
      releases: [own],
      manifestOfRelease: { '7': manifest },
      store: { latest: '6.5.1', version: 'published', manifestSha256: manifest },
    });
    expect(given.plan.steps).toEqual([]);
    expect(JSON.stringify(given.aws)).not.toMatch(/Put|Delete|Abort/);
    expect(given.balena?.resources.flatMap(({ operations }) => operations)).not.toContain('create');
  });

  it('asks GitHub to read, and to write where stages are reported', async () => {
    const deploy = tag('v6.5.1');
    expect((await permissions(deploy, { checks: passedChecks() }, { github: null })).github).toBeNull();
    const silent = await permissions(deploy, { checks: passedChecks() }, { github: { report: false } });
    expect(silent.github?.permissions).toEqual({
      actions: 'read',
      checks: 'read',
      contents: 'read',
      'pull-requests': 'read',
    });
    const reporting = await permissions(deploy, { checks: passedChecks() }, { github: { report: true } });
    expect(reporting.github?.permissions).toMatchObject({ checks: 'write', statuses: 'write' });
  });

  it('lets a tag look for kept builds, and a pull request keep one', async () => {
    const below = 'arn:aws:s3:::files/artifacts/raspberrypi4-64/6.5.1/';
    const looking = statements(await permissions(tag('v6.5.1'), { checks: passedChecks() }));
    expect(looking.StoreRead).toMatchObject({ Resource: expect.arrayContaining([`${below}*`]) });
    expect(JSON.stringify(looking.StoreWrite)).not.toContain('artifacts/');
    const off = { artifacts: { adopt: false } };
    const blind = statements(await permissions(tag('v6.5.1'), { checks: passedChecks() }, {}, off));
    expect(JSON.stringify(blind)).not.toContain('artifacts/');
    const keeping = await permissions(pullRequest(), { tree: TREE }, {}, { artifacts: { keep: true } });
    expect(JSON.stringify(statements(keeping).StoreWrite)).toContain(`${below}${TREE}/`);
    expect(JSON.stringify(statements(keeping).StoreRead)).not.toContain(`${below}*`);
  });

  it('binds what removes machine images to the mark of the release', () => {
    const config = machineImageConfig(['./boot.sh']);
    const { production } = config.environments;
    if (production === undefined) throw new Error('there is no such environment');
    const { steps } = planMachineImages(
      {
        facts: facts({
          deviceType: { slug: 'generic-amd64', arch: 'amd64', deployArtifact: 'balena-image-generic-amd64' },
        }),
        config,
        environment: 'production',
        versionText: '6.5.1',
        mark: 'mark-of-it',
      },
      { staged: { manifestSha256: 'f'.repeat(64), after: [] }, after: [] },
    );
    const plan = {
      target: { machine: 'generic-amd64', slug: 'generic-amd64', version: '6.5.1', esr: false },
      trigger: { kind: 'schedule' },
      steps: steps.map(({ step }) => step),
    } as unknown as Plan;
    const given = permissionsOf([plan], production);
    const found = statements(given);
    const object = 'arn:aws:s3:::imports/osrel-machine-images/mark-of-it/balena.img';
    expect(found.ImportsRemove).toMatchObject({ Resource: expect.arrayContaining([object]) });
    expect(found.MachineImagesMake).toMatchObject({
      Action: ['ec2:CreateTags', 'ec2:ImportSnapshot', 'ec2:RegisterImage'],
    });
    expect(found.MachineImagesRemove).toMatchObject({
      Action: ['ec2:DeleteSnapshot', 'ec2:DeregisterImage'],
      Resource: ['arn:aws:ec2:eu-central-1::image/*', 'arn:aws:ec2:eu-central-1::snapshot/*'],
      Condition: { StringEquals: { 'aws:ResourceTag/osrel-mark': ['mark-of-it'] } },
    });
    expect(given.notes.join()).toContain('vmimport');
  });

  it('needs nothing for the embedded world', () => {
    const config = parseConfig(undefined, { file: 'osrel.yml' });
    const { local } = config.environments;
    if (local === undefined) throw new Error('there is no local environment');
    expect(permissionsOf([], local)).toMatchObject({ aws: null, balena: null, github: null });
  });
});
