import { join } from 'node:path';
import { type HostappRelease, type ReleaseImage, upstreamFailed } from '@osrel/core';
import { z } from 'zod';
import { findJson } from './json-file.ts';
import { listNames } from './list-files.ts';
import type { WorldLayout } from './world-layout.ts';

const releaseRecordSchema = z.object({
  id: z.number().int().positive(),
  commit: z.string(),
  application: z.string(),
  version: z.string(),
  rawVersion: z.string(),
  isFinal: z.boolean(),
  isInvalidated: z.boolean(),
  revision: z.number().int().nonnegative().nullable(),
  status: z.enum(['running', 'success', 'failed']),
  mark: z.string().nullable(),
  sourceSha: z.string().nullable(),
  tags: z.record(z.string(), z.string()),
  createdAt: z.string(),
});
/** `release.json`; images lie beside it. */
export type ReleaseRecord = z.infer<typeof releaseRecordSchema>;

const imageRecordSchema = z.object({
  service: z.string(),
  archiveSha256: z.string().nullable(),
  contentHash: z.string(),
  sizeBytes: z.number().int().nonnegative(),
  labels: z.record(z.string(), z.string()),
});
export type ImageRecord = z.infer<typeof imageRecordSchema>;

const releaseIdSchema = z.object({ application: z.string() });

/** The image record of one service of a release. */
export function imageRecordPath(
  layout: WorldLayout,
  { application, id }: Pick<ReleaseRecord, 'application' | 'id'>,
  service: string,
): string {
  return join(layout.releaseFolder(application, id), 'images', `${service}.json`);
}

export function releaseRecordPath(layout: WorldLayout, application: string, releaseId: number): string {
  return join(layout.releaseFolder(application, releaseId), 'release.json');
}

/** The lock name of a release; whoever changes anything of it takes this one. */
export function releaseResource(releaseId: number): string {
  return `release ${releaseId}`;
}

/** Slug of the application that a release id was given for; undefined for an id that was never given. */
export async function findApplicationOf(layout: WorldLayout, releaseId: number): Promise<string | undefined> {
  return (await findJson(join(layout.releaseIds, `${releaseId}.json`), releaseIdSchema))?.application;
}

/** The record of a release; undefined when there is none, also for an id whose draft was never finished. */
export async function findReleaseRecord(
  layout: WorldLayout,
  releaseId: number,
): Promise<ReleaseRecord | undefined> {
  const application = await findApplicationOf(layout, releaseId);
  if (application === undefined) return undefined;
  return findJson(releaseRecordPath(layout, application, releaseId), releaseRecordSchema);
}

/** Throws upstream `release.missing`. */
export async function getReleaseRecord(layout: WorldLayout, releaseId: number): Promise<ReleaseRecord> {
  const record = await findReleaseRecord(layout, releaseId);
  if (record !== undefined) return record;
  throw upstreamFailed('release.missing', `release ${releaseId} does not exist in the embedded world`, {
    hint: `the world is ${layout.root}; see its releases with "osrel status"`,
  });
}

/** Records of every release of an application, by id. */
export async function listReleaseRecords(
  layout: WorldLayout,
  application: string,
): Promise<readonly ReleaseRecord[]> {
  const names = await listNames(join(layout.applicationFolder(application), 'releases'));
  const ids = names.filter((name) => /^[1-9][0-9]*$/.test(name)).map(Number);
  const records = await Promise.all(
    ids
      .toSorted((a, b) => a - b)
      .map((id) => findJson(releaseRecordPath(layout, application, id), releaseRecordSchema)),
  );
  return records.filter((record) => record !== undefined);
}

/** Images of a release, by service. */
export async function listImages(
  layout: WorldLayout,
  { application, id }: ReleaseRecord,
): Promise<readonly ReleaseImage[]> {
  const folder = join(layout.releaseFolder(application, id), 'images');
  const names = (await listNames(folder)).filter((name) => name.endsWith('.json'));
  const records = await Promise.all(names.map((name) => findJson(join(folder, name), imageRecordSchema)));
  return records.filter((record) => record !== undefined).map(({ labels: _, ...image }) => image);
}

export async function findImageRecord(path: string): Promise<ImageRecord | undefined> {
  return findJson(path, imageRecordSchema);
}

export async function withImages(layout: WorldLayout, record: ReleaseRecord): Promise<HostappRelease> {
  const { createdAt: _, ...release } = record;
  return { ...release, images: await listImages(layout, record) };
}
