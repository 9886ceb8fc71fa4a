import type { Ec2Need, StoreNeed } from './remote-needs.ts';

export interface IamStatement {
  readonly Sid: string;
  readonly Effect: 'Allow';
  readonly Action: readonly string[];
  readonly Resource: readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

/** A policy as AWS reads it. */
export interface IamPolicy {
  readonly Version: '2012-10-17';
  readonly Statement: readonly IamStatement[];
}

export interface BucketAccess {
  readonly bucket: string;
  readonly region: string | null;
  readonly acl: 'canned' | 'none';
  readonly encryption: 'AES256' | 'aws:kms' | 'none';
  readonly kmsKey: string | null;
}

/** Objects that the store adapter makes and removes for a place: what the store can do, and who writes now. */
function helpersOf(place: string): readonly string[] {
  return ['osrel-probes/*', `osrel-claims/${place.replace(/\/\*$/, '')}/*`];
}

/** The least that the needs take, statement by statement; empty when they are none. `name` tells two buckets apart. */
export function storeStatements(
  needs: readonly StoreNeed[],
  access: BucketAccess,
  name: string,
): readonly IamStatement[] {
  if (needs.length === 0) return [];
  const places = (...operations: readonly StoreNeed['operation'][]) =>
    uncovered(needs.filter(({ operation }) => operations.includes(operation)).map(({ place }) => place));
  const written = places('write', 'write-once', 'write-file');
  const beside = besideAll(written);
  const isCanned = access.acl === 'canned';
  const objects = (sid: string, actions: readonly string[], keys: readonly string[]) =>
    allow(`${name}${sid}`, actions, arnsOf(access.bucket, keys));
  return [
    listStatement(name, access.bucket, uncovered([...needs.map(({ place }) => place), ...beside])),
    ...objects(
      'Read',
      ['s3:GetObject', ...(isCanned ? ['s3:GetObjectAcl'] : [])],
      uncovered([...places('read', 'write', 'write-once', 'write-file'), ...beside]),
    ),
    ...objects(
      'Write',
      ['s3:PutObject', ...(isCanned ? ['s3:PutObjectAcl'] : [])],
      uncovered([...written, ...beside]),
    ),
    ...objects(
      'WriteParts',
      ['s3:AbortMultipartUpload', 's3:ListMultipartUploadParts'],
      uncovered([...places('write-file'), ...beside.filter(isProbe)]),
    ),
    ...allow(
      `${name}FindParts`,
      ['s3:ListBucketMultipartUploads'],
      places('write-file').length === 0 ? [] : [`arn:aws:s3:::${access.bucket}`],
    ),
    ...objects('Remove', ['s3:DeleteObject'], uncovered([...places('remove'), ...beside])),
    ...keyStatements(
      `${name}Key`,
      written.length > 0 ? ['kms:GenerateDataKey', 'kms:Decrypt'] : ['kms:Decrypt'],
      {
        region: access.region,
        kmsKey: access.encryption === 'aws:kms' ? access.kmsKey : null,
      },
    ),
  ];
}

/** Only a probe tries an upload in parts. */
function isProbe(place: string): boolean {
  return place === 'osrel-probes/*';
}

function besideAll(places: readonly string[]): readonly string[] {
  return places.flatMap(helpersOf);
}

/**
 * Listing is bound to the prefixes. `IfExists`: to find out that one object is absent is the same permission, and such a
 * request has no prefix; without it S3 answers 403 instead of 404.
 */
function listStatement(name: string, bucket: string, places: readonly string[]): IamStatement {
  return {
    Sid: `${name}List`,
    Effect: 'Allow',
    Action: ['s3:ListBucket'],
    Resource: [`arn:aws:s3:::${bucket}`],
    Condition: { StringLikeIfExists: { 's3:prefix': [...new Set(places)].sort() } },
  };
}

export interface Ec2Access {
  readonly region: string;
  readonly kmsKey: string | null;
}

/** What machine images take: looking is not bound to anything, removing to the release's own mark. */
export function ec2Statements(
  needs: readonly Ec2Need[],
  { region, kmsKey }: Ec2Access,
): readonly IamStatement[] {
  if (needs.length === 0) return [];
  const actions = (isWanted: (need: Ec2Need) => boolean) =>
    [...new Set(needs.filter(isWanted).map(({ action }) => `ec2:${action}`))].sort();
  const isLook = ({ action }: Ec2Need): boolean => action.startsWith('Describe');
  const images = `arn:aws:ec2:${region}::image/*`;
  const snapshots = `arn:aws:ec2:${region}::snapshot/*`;
  const imports = `arn:aws:ec2:${region}:*:import-snapshot-task/*`;
  const marks = [...new Set(needs.flatMap(({ mark }) => mark ?? []))].sort();
  const made = actions((need) => !isLook(need) && need.mark === null);
  return [
    ...allow('MachineImagesLook', actions(isLook), ['*']),
    ...allow('MachineImagesMake', made, [images, imports, snapshots]),
    ...allow(
      'MachineImagesRemove',
      actions(({ mark }) => mark !== null),
      [images, snapshots],
    ).map((statement) => ({
      ...statement,
      Condition: { StringEquals: { 'aws:ResourceTag/osrel-mark': marks } },
    })),
    ...(made.length === 0
      ? []
      : keyStatements(
          'MachineImagesKey',
          [
            'kms:CreateGrant',
            'kms:Decrypt',
            'kms:DescribeKey',
            'kms:GenerateDataKeyWithoutPlaintext',
            'kms:ReEncrypt*',
          ],
          { region, kmsKey },
        )),
  ];
}

/** The account's own keys (no key named) need no permission. */
function keyStatements(
  sid: string,
  actions: readonly string[],
  { region, kmsKey }: { readonly region: string | null; readonly kmsKey: string | null },
): readonly IamStatement[] {
  if (kmsKey === null) return [];
  const alias = /(?:^|:)(alias\/.+)$/.exec(kmsKey)?.[1];
  if (alias !== undefined) {
    const [statement] = allow(sid, actions, [`arn:aws:kms:${region ?? '*'}:*:key/*`]);
    if (statement === undefined) return [];
    const Condition = { 'ForAnyValue:StringEquals': { 'kms:ResourceAliases': alias } };
    return [{ ...statement, Condition }];
  }
  return allow(sid, actions, [
    kmsKey.startsWith('arn:') ? kmsKey : `arn:aws:kms:${region ?? '*'}:*:key/${kmsKey}`,
  ]);
}

function allow(
  sid: string,
  actions: readonly string[],
  resources: readonly string[],
): readonly IamStatement[] {
  if (actions.length === 0 || resources.length === 0) return [];
  return [{ Sid: sid, Effect: 'Allow', Action: actions, Resource: [...new Set(resources)].sort() }];
}

function arnsOf(bucket: string, keys: readonly string[]): readonly string[] {
  return keys.map((key) => `arn:aws:s3:::${bucket}/${key}`);
}

/** Without places that lie inside another one of them. */
function uncovered(places: readonly string[]): readonly string[] {
  const distinct = [...new Set(places)].sort();
  return distinct.filter(
    (place) =>
      !distinct.some(
        (other) => other !== place && other.endsWith('/*') && place.startsWith(other.slice(0, -1)),
      ),
  );
}
