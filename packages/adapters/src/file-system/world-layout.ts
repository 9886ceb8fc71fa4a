import { join } from 'node:path';
import { badUsage, checkArtifactName } from '@osrel/core';
import { checkSegment, checkSlug, segmentOf } from './safe-segments.ts';
import { isTemporary } from './temporary-file.ts';

const SIDECAR = '.object.json';
// Endings of our own files beside the keys.
const RESERVED = /\.(object|asset)\.json$/;

/** Where everything of the embedded world lies; every name from outside is checked before it becomes a path. */
export interface WorldLayout {
  readonly root: string;
  readonly objects: string;
  /** Content that is checked but not published yet. */
  readonly incoming: string;
  readonly locks: string;
  readonly applications: string;
  /** `<id>.json`: which application a release belongs to; made exclusively, so that an id is given once. */
  readonly releaseIds: string;
  /** Private key that signs the world's test receipts. */
  readonly receiptKey: string;
  objectPath(key: string): string;
  sidecarPath(key: string): string;
  deviceTypePath(slug: string): string;
  applicationFolder(slug: string): string;
  releaseFolder(application: string, releaseId: number): string;
  receiptsFolder(slug: string, version: string): string;
  repositoryFolder(repository: string): string;
}

/** The layout below `<root>/.osrel/world`; `root` is the absolute path of the repository. */
export function worldLayout(root: string): WorldLayout {
  const world = join(root, '.osrel', 'world');
  const applicationFolder = (slug: string) => join(world, 'applications', ...checkSlug(slug, 'application'));
  return {
    root: world,
    objects: join(world, 'store', 'objects'),
    incoming: join(world, 'store', 'incoming'),
    locks: join(world, 'locks'),
    applications: join(world, 'applications'),
    releaseIds: join(world, 'release-ids'),
    receiptKey: join(world, 'receipt-key.pem'),
    objectPath: (key) => join(world, 'store', 'objects', checkKey(key)),
    sidecarPath: (key) => join(world, 'store', 'index', `${checkKey(key)}${SIDECAR}`),
    deviceTypePath: (slug) => join(world, 'device-types', `${segmentOf(slug)}.json`),
    applicationFolder,
    releaseFolder: (application, releaseId) =>
      join(applicationFolder(application), 'releases', String(checkReleaseId(releaseId))),
    receiptsFolder: (slug, version) =>
      join(world, 'receipts', checkSegment(slug, 'device type'), checkSegment(version, 'version')),
    repositoryFolder: (repository) => join(world, 'code-host', ...checkSlug(repository, 'repository')),
  };
}

/** Returns a key that is safe to join to a folder. Throws usage `artifact.name-unsafe` or `store.key-reserved`. */
export function checkKey(key: string): string {
  checkArtifactName(key);
  const reserved = key
    .split('/')
    .find((segment) => isTemporary(segment) || RESERVED.test(segment) || segment.length > 200);
  if (reserved === undefined) return key;
  throw badUsage(
    'store.key-reserved',
    `key ${JSON.stringify(key)} has the segment "${reserved}", which a directory cannot keep`,
    {
      hint: 'choose another file name of at most 200 characters',
    },
  );
}

function checkReleaseId(releaseId: number): number {
  if (Number.isSafeInteger(releaseId) && releaseId > 0) return releaseId;
  throw badUsage('release.id-malformed', `release id ${releaseId} is not a positive whole number`);
}
