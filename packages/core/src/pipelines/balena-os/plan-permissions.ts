import type { EnvironmentConfig } from '../../config/config.ts';
import { parseRecordedVersion } from '../../model/os-version.ts';
import { ec2Statements, type IamPolicy, storeStatements } from '../../plan/iam-policy.ts';
import type { Plan } from '../../plan/plan.ts';
import {
  type BalenaNeed,
  type GithubLevel,
  mergeNeeds,
  NO_NEEDS,
  type RemoteNeeds,
  type StoreNeed,
} from '../../plan/remote-needs.ts';
import { needsOfStep, receiptsPlace } from '../../plan/step-needs.ts';
import { ADOPTION_RULE, mayAdopt } from './adoption-rules.ts';
import { keptBuildsFolder } from './kept-builds.ts';
import { releaseTargetOf } from './release-target.ts';

/** What the credentials of an environment must be allowed for some plans, and for making these plans again. */
export interface Permissions {
  /** Null: no AWS credentials are needed. */
  readonly aws: { readonly policy: IamPolicy } | null;
  readonly balena: {
    readonly host: string;
    /** `organization/name`. */
    readonly applications: readonly string[];
    readonly resources: readonly BalenaNeed[];
    readonly registry: readonly ('pull' | 'push')[];
  } | null;
  readonly github: { readonly permissions: Readonly<Record<string, GithubLevel>> } | null;
  /** What the tables above cannot say, for people. */
  readonly notes: readonly string[];
}

/** Least privilege for the given plans in their environment: exact buckets, prefixes and resources. Pure. */
export function permissionsOf(plans: readonly Plan[], environment: EnvironmentConfig): Permissions {
  if (environment.kind === 'local') {
    const notes = [`environment ${environment.name} is a folder: it needs no credentials`];
    return { aws: null, balena: null, github: null, notes };
  }
  const needs = mergeNeeds(plans.flatMap((plan) => needsOfPlan(plan, environment)));
  const policy = policyOf(needs, environment);
  const { host, organization } = environment.balena;
  return {
    aws: policy.Statement.length === 0 ? null : { policy },
    balena: {
      host,
      applications: [...new Set(plans.map((plan) => targetOf(plan, organization).application))].sort(),
      resources: needs.balena,
      registry: needs.registry,
    },
    github: Object.keys(needs.github).length === 0 ? null : { permissions: needs.github },
    notes: notesOf(needs, environment),
  };
}

function needsOfPlan(plan: Plan, environment: EnvironmentConfig): readonly RemoteNeeds[] {
  const { github } = environment;
  const steps = plan.steps.map(needsOfStep);
  return [planningNeeds(plan, environment), ...steps].map((needs) => ({
    ...needs,
    store: environment.store.bucket === null ? [] : needs.store,
    github: github === null ? {} : needs.github,
  }));
}

/** What looking takes: before every plan, also of one that changes nothing. */
function planningNeeds(plan: Plan, { balena, github, machineImages }: EnvironmentConfig): RemoteNeeds {
  const { prefix, latestKey } = targetOf(plan, balena.organization);
  const { slug, version } = plan.target;
  const receipts = receiptsPlace(slug, version);
  return {
    ...NO_NEEDS,
    store: [
      { operation: 'read', place: latestKey },
      { operation: 'list', place: `${prefix}/*` },
      { operation: 'read', place: `${prefix}/*` },
      { operation: 'list', place: receipts },
      { operation: 'read', place: receipts },
      ...(looksForKept(plan) ? listAndRead(`${keptBuildsFolder(slug, version)}*`) : []),
    ],
    balena: ['application', 'application_tag', 'device_type', 'image', 'release', 'release_tag'].map(
      (resource): BalenaNeed => ({ resource, operations: ['read'] }),
    ),
    github: {
      actions: 'read',
      checks: 'read',
      contents: 'read',
      'pull-requests': 'read',
      ...(github?.report === true && plan.steps.length > 0 ? REPORTING : {}),
    },
    ec2: machineImages === null ? [] : [{ action: 'DescribeImages', mark: null }],
  };
}

/** Builds that could be adopted are looked for, unless that is switched off. */
function looksForKept({ trigger, decisions }: Plan): boolean {
  return (
    mayAdopt(trigger) && !decisions.some(({ rule, outcome }) => rule === ADOPTION_RULE && outcome === 'off')
  );
}

function listAndRead(place: string): readonly StoreNeed[] {
  return [
    { operation: 'list', place },
    { operation: 'read', place },
  ];
}

/** A check run of an App, or a commit status of a token, for each stage. */
const REPORTING = { checks: 'write', statuses: 'write' } as const;

function targetOf({ target }: Plan, organization: string) {
  return releaseTargetOf(target, parseRecordedVersion(target.version), organization);
}

function policyOf(needs: RemoteNeeds, { store, machineImages }: EnvironmentConfig): IamPolicy {
  const { bucket, region, acl, encryption, kmsKey } = store;
  return {
    Version: '2012-10-17',
    Statement: [
      ...(bucket === null
        ? []
        : storeStatements(needs.store, { bucket, region, acl, encryption, kmsKey }, 'Store')),
      ...(machineImages === null
        ? []
        : [
            ...storeStatements(
              needs.imageStore,
              {
                bucket: machineImages.bucket,
                region: machineImages.region,
                acl: 'none',
                encryption: machineImages.kmsKey === null ? 'none' : 'aws:kms',
                kmsKey: machineImages.kmsKey,
              },
              'Imports',
            ),
            ...ec2Statements(needs.ec2, machineImages),
          ]),
    ],
  };
}

function notesOf(needs: RemoteNeeds, { store, machineImages }: EnvironmentConfig): readonly string[] {
  const { bucket, endpoint } = store;
  return [
    ...(bucket !== null && endpoint !== null
      ? [`${endpoint} may have its own way to grant this; the policy is written as AWS and MinIO read it`]
      : []),
    ...(needs.imageStore.length > 0 && machineImages !== null
      ? [
          `EC2 itself reads the import: the service role "vmimport" needs s3:GetBucketLocation, s3:GetObject and s3:ListBucket on ${machineImages.bucket}${machineImages.kmsKey === null ? '' : `, and kms:Decrypt with ${machineImages.kmsKey}`}`,
        ]
      : []),
    ...(needs.github.statuses === 'write'
      ? [
          'stages are reported as check runs by a GitHub App (checks), as commit statuses by a token (statuses)',
        ]
      : []),
  ];
}
