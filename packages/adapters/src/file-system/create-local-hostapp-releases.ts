import { createHash } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import {
  assignRevision,
  badUsage,
  type Clock,
  canonicalJsonText,
  conflict,
  type DraftRequest,
  type HostappReleases,
  type OsVersion,
  parseRecordedVersion,
  WITHDRAWN_TAG,
} from '@osrel/core';
import { checkFinalizable } from '../check-finalizable.ts';
import { type BeforeCommit, makeFolder, moveIntoPlace, syncFolder } from './atomic-file.ts';
import { copyLocalImage, type FetchImage } from './copy-local-image.ts';
import { getApplication } from './create-local-hostapp-applications.ts';
import { createJson, writeJson } from './json-file.ts';
import { listNames } from './list-files.ts';
import { pushLocalImage } from './push-local-image.ts';
import {
  findReleaseRecord,
  getReleaseRecord,
  listReleaseRecords,
  type ReleaseRecord,
  releaseRecordPath,
  releaseResource,
  withImages,
} from './release-files.ts';
import { removeStaleTemporaries, temporaryPath } from './temporary-file.ts';
import type { WorldLayout } from './world-layout.ts';
import type { WorldLock } from './world-lock.ts';

export interface LocalHostappReleasesOptions {
  readonly layout: WorldLayout;
  readonly lock: WorldLock;
  readonly clock: Clock;
  readonly beforeCommit?: BeforeCommit | undefined;
  /** Copies an image of a registry into an OCI layout folder; without it such images cannot be had. */
  readonly fetchImage?: FetchImage | undefined;
}

// Limits of the server (balena-automation 4.5).
const LONGEST_TAG_KEY = 164;
const LONGEST_TAG_VALUE = 1000;

/**
 * Hostapp releases as `applications/<org>/<name>/releases/<id>/`, under the server's rules (balena-workflow 7.3).
 * Commit points: a draft exists when its folder, complete, is renamed to its id; status, tags and finalization
 * are one rename of release.json; an image is there when `images/<service>.json` is.
 */
export function createLocalHostappReleases(options: LocalHostappReleasesOptions): HostappReleases {
  const { layout, lock, beforeCommit } = options;
  const change = (releaseId: number, edit: (record: ReleaseRecord) => Promise<ReleaseRecord>) =>
    lock(releaseResource(releaseId), async () => {
      const before = await getReleaseRecord(layout, releaseId);
      const after = await edit(before);
      if (canonicalJsonText(after) === canonicalJsonText(before)) return after;
      await writeJson(releaseRecordPath(layout, after.application, releaseId), after, beforeCommit);
      return after;
    });
  return {
    async list(application) {
      const records = await listReleaseRecords(layout, application);
      return Promise.all(records.map((record) => withImages(layout, record)));
    },
    async find(releaseId) {
      const record = await findReleaseRecord(layout, releaseId);
      return record === undefined ? undefined : withImages(layout, record);
    },
    createDraft: (request) => createDraft(options, request),
    pushImage: (request) => pushLocalImage(options, request),
    async update(releaseId, { status, tags = {} }) {
      checkTags(tags);
      await change(releaseId, async (record) => ({
        ...record,
        status: status ?? record.status,
        tags: { ...record.tags, ...tags },
      }));
    },
    copyImage: (request) => copyLocalImage(options, request),
    async invalidate(releaseId, reason) {
      const tags = { [WITHDRAWN_TAG]: reason };
      checkTags(tags);
      await change(releaseId, async (record) => ({
        ...record,
        isInvalidated: true,
        // The first reason stays: it is why devices stopped being offered it.
        tags: record.isInvalidated ? record.tags : { ...record.tags, ...tags },
      }));
    },
    async finalize(releaseId) {
      const { application } = await getReleaseRecord(layout, releaseId);
      // One finalization an application at a time: the revision depends on all its finals.
      const record = await lock(`revisions of ${application}`, () =>
        change(releaseId, (draft) => finalRecord(layout, draft)),
      );
      return withImages(layout, record);
    },
  };
}

/** The one release of a mark: the one that is there, else a new draft. */
async function createDraft(options: LocalHostappReleasesOptions, request: DraftRequest) {
  const { layout, lock } = options;
  const version = parseRecordedVersion(request.version);
  await getApplication(layout, request.application);
  const record = await lock(`drafts of ${request.application}`, async () => {
    const releases = await listReleaseRecords(layout, request.application);
    return findOwn(releases, request.mark) ?? (await addDraft(options, request, version));
  });
  return withImages(layout, record);
}

/** The release of this mark that counts: the final one, else the first; never one that was taken out of every offer. */
function findOwn(releases: readonly ReleaseRecord[], mark: string): ReleaseRecord | undefined {
  const own = releases.filter((release) => release.mark === mark && !release.isInvalidated);
  return own.find((release) => release.isFinal) ?? own[0];
}

async function addDraft(
  { layout, clock, beforeCommit }: LocalHostappReleasesOptions,
  request: DraftRequest,
  version: OsVersion,
): Promise<ReleaseRecord> {
  const id = await allocateReleaseId(layout, request.application, beforeCommit);
  const createdAt = clock.now();
  const record: ReleaseRecord = {
    id,
    commit: createHash('sha256').update(`${request.mark}\n${id}`).digest('hex').slice(0, 32),
    application: request.application,
    version: request.version,
    rawVersion: draftRawVersion(version, Date.parse(createdAt)),
    isFinal: false,
    isInvalidated: false,
    revision: null,
    status: 'running',
    mark: request.mark,
    sourceSha: request.sourceSha,
    tags: {},
    createdAt,
  };
  await publishFolder(layout.releaseFolder(request.application, id), beforeCommit, {
    'contract.json': request.contract,
    'composition.json': request.composition,
    'release.json': record,
  });
  return record;
}

/** The next free id of the world. Exclusive: of two processes that try the same one, the second goes on. A crash leaves a gap. */
async function allocateReleaseId(
  layout: WorldLayout,
  application: string,
  beforeCommit?: BeforeCommit,
): Promise<number> {
  const given = (await listNames(layout.releaseIds))
    .map((name) => Number.parseInt(name, 10))
    .filter(Number.isSafeInteger);
  for (let id = Math.max(0, ...given) + 1; ; id += 1) {
    if (await createJson(join(layout.releaseIds, `${id}.json`), { application }, beforeCommit)) return id;
  }
}

async function publishFolder(
  path: string,
  beforeCommit: BeforeCommit | undefined,
  files: Readonly<Record<string, unknown>>,
) {
  await makeFolder(dirname(path));
  await removeStaleTemporaries(dirname(path));
  const temporary = temporaryPath(dirname(path));
  try {
    await mkdir(temporary);
    for (const [name, value] of Object.entries(files)) {
      await writeFile(join(temporary, name), canonicalJsonText(value), { flush: true });
    }
    await syncFolder(temporary);
    await moveIntoPlace(temporary, path, beforeCommit);
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    throw error;
  }
}

/** `6.5.1-<epoch ms>`, with a build part `6.5.1-<epoch ms>+rev2` (balena-automation 4.5). */
function draftRawVersion(version: OsVersion, createdMs: number): string {
  const [core = '', ...build] = version.canonical.split('+');
  return [`${core}-${createdMs}`, ...build].join('+');
}

async function finalRecord(layout: WorldLayout, draft: ReleaseRecord): Promise<ReleaseRecord> {
  if (draft.isFinal) return draft;
  checkFinalizable(draft);
  const finals = (await listReleaseRecords(layout, draft.application)).flatMap(({ version, revision }) =>
    revision === null ? [] : [{ semver: parseRecordedVersion(version).canonical, revision }],
  );
  const assigned = assignRevision({ version: parseRecordedVersion(draft.version), finals });
  if (assigned.kind === 'assigned') {
    return { ...draft, isFinal: true, revision: assigned.revision, rawVersion: assigned.rawVersion };
  }
  throw conflict(
    'release.revision',
    `release ${draft.id} of ${draft.application} asks for revision ${assigned.asked} of ${draft.version}, the next one is ${assigned.expected}`,
    {
      hint: 'releases of one version are finalized in order, without holes; see "osrel status"',
      details: { releaseId: draft.id, asked: assigned.asked, expected: assigned.expected },
    },
  );
}

function checkTags(tags: Readonly<Record<string, string>>): void {
  for (const [key, value] of Object.entries(tags)) {
    if (key !== '' && !/\s/.test(key) && key.length <= LONGEST_TAG_KEY && value.length <= LONGEST_TAG_VALUE)
      continue;
    throw badUsage(
      'release.tag-rejected',
      `release tag ${JSON.stringify(key.slice(0, LONGEST_TAG_KEY))} has a key or value that the server rejects`,
      {
        hint: `a key has 1 to ${LONGEST_TAG_KEY} characters and no white space, a value at most ${LONGEST_TAG_VALUE}`,
      },
    );
  }
}
