import { join } from 'node:path';
import {
  type ApplicationWish,
  badUsage,
  conflict,
  type DeviceTypePrivacy,
  type HostappApplication,
  type HostappApplications,
  upstreamFailed,
} from '@osrel/core';
import { z } from 'zod';
import type { BeforeCommit } from './atomic-file.ts';
import { findJson, writeJson } from './json-file.ts';
import type { WorldLayout } from './world-layout.ts';
import type { WorldLock } from './world-lock.ts';

export interface LocalHostappApplicationsOptions {
  readonly layout: WorldLayout;
  readonly lock: WorldLock;
  readonly beforeCommit?: BeforeCommit | undefined;
}

const applicationSchema = z.object({
  slug: z.string(),
  deviceType: z.string(),
  isHost: z.boolean(),
  isPublic: z.boolean(),
});
const tagsSchema = z.record(z.string(), z.string());
const deviceTypeSchema = z.object({ privacy: z.enum(['public', 'private']) });

// Limits of the server (balena-automation 4.5).
const LONGEST_KEY = 100;
const LONGEST_VALUE = 1000;

/**
 * Applications as `applications/<org>/<name>/application.json` (the commit point of creation, written after the
 * tags) and `tags.json` (replaced whole, under a lock that all processes honour).
 */
export function createLocalHostappApplications(
  options: LocalHostappApplicationsOptions,
): HostappApplications {
  const { layout, lock, beforeCommit } = options;
  return {
    createsMissing: true,
    find: (slug) => findApplication(layout, slug),
    ensure: (wish) => lock(resourceOf(wish.slug), () => ensureApplication(options, wish)),
    findDeviceTypePrivacy: (slug) => findPrivacy(layout, slug),
    writeTag: (slug, change) =>
      lock(resourceOf(slug), async () => {
        checkTag(change.key, change.value ?? '');
        const { tags } = await getApplication(layout, slug);
        const found = tagOf(tags, change.key);
        if (found !== change.expected) throw tagMoved(slug, change, found);
        const { [change.key]: _, ...others } = tags;
        const after = change.value === null ? others : { ...tags, [change.key]: change.value };
        await writeJson(tagsPath(layout, slug), after, beforeCommit);
      }),
  };
}

async function findPrivacy(layout: WorldLayout, slug: string): Promise<DeviceTypePrivacy | undefined> {
  return (await findJson(layout.deviceTypePath(slug), deviceTypeSchema))?.privacy;
}

/** The application as its files tell; undefined when it was never used. */
export async function findApplication(
  layout: WorldLayout,
  slug: string,
): Promise<HostappApplication | undefined> {
  const application = await findJson(applicationPath(layout, slug), applicationSchema);
  if (application === undefined) return undefined;
  const tags = (await findJson(tagsPath(layout, slug), tagsSchema)) ?? {};
  const { isHost, isPublic, deviceType } = application;
  const privacy = (await findPrivacy(layout, deviceType)) ?? null;
  return { slug, isHost, isPublic, tags, deviceType: { slug: deviceType, privacy } };
}

/** Throws upstream `application.unknown`. */
export async function getApplication(layout: WorldLayout, slug: string): Promise<HostappApplication> {
  const application = await findApplication(layout, slug);
  if (application !== undefined) return application;
  throw upstreamFailed('application.unknown', `application "${slug}" does not exist in the embedded world`, {
    hint: 'a release makes it; or check the slug (organization/name)',
  });
}

async function ensureApplication(
  { layout, beforeCommit }: LocalHostappApplicationsOptions,
  { slug, deviceType, tags }: ApplicationWish,
): Promise<HostappApplication> {
  for (const [key, value] of Object.entries(tags)) checkTag(key, value);
  const found = await findJson(applicationPath(layout, slug), applicationSchema);
  const present = (await findJson(tagsPath(layout, slug), tagsSchema)) ?? {};
  // Tags of an application that exists belong to its users: only missing ones are added.
  for (const [key, value] of Object.entries(tags)) {
    const now = tagOf(present, key);
    if (found !== undefined && now !== null && now !== value)
      throw tagMoved(slug, { key, value, expected: value }, now);
  }
  if (Object.entries(tags).some(([key, value]) => tagOf(present, key) !== value)) {
    await writeJson(tagsPath(layout, slug), { ...present, ...tags }, beforeCommit);
  }
  if (found === undefined) {
    const application = { slug, deviceType, isHost: true, isPublic: true };
    await writeJson(applicationPath(layout, slug), application, beforeCommit);
  } else if (found.deviceType !== deviceType) {
    throw conflict(
      'application.device-type',
      `application "${slug}" is for device type ${found.deviceType}, not ${deviceType}`,
      {
        hint: 'use the application of this device type, or another organization',
      },
    );
  }
  return getApplication(layout, slug);
}

function resourceOf(slug: string): string {
  return `application ${slug}`;
}

function applicationPath(layout: WorldLayout, slug: string): string {
  return join(layout.applicationFolder(slug), 'application.json');
}

function tagsPath(layout: WorldLayout, slug: string): string {
  return join(layout.applicationFolder(slug), 'tags.json');
}

function tagOf(tags: Readonly<Record<string, string>>, key: string): string | null {
  return Object.hasOwn(tags, key) ? (tags[key] ?? null) : null;
}

function checkTag(key: string, value: string): void {
  if (key !== '' && !/\s/.test(key) && key.length <= LONGEST_KEY && value.length <= LONGEST_VALUE) return;
  throw badUsage(
    'application.tag-rejected',
    `tag ${JSON.stringify(key.slice(0, LONGEST_KEY))} has a key or value that the server rejects`,
    {
      hint: `a key has 1 to ${LONGEST_KEY} characters and no white space, a value at most ${LONGEST_VALUE} characters`,
    },
  );
}

function tagMoved(
  slug: string,
  {
    key,
    value,
    expected,
  }: { readonly key: string; readonly value: string | null; readonly expected: string | null },
  found: string | null,
): unknown {
  const show = (text: string | null) => (text === null ? 'absent' : `"${text}"`);
  return conflict(
    'application.tag-moved',
    `tag "${key}" of ${slug} is ${show(found)}, expected ${show(expected)} before ${value === null ? 'it is removed' : `writing "${value}"`}`,
    {
      hint: 'somebody else changed it; see "osrel esr status" and plan again',
      details: { slug, key, found, expected },
    },
  );
}
