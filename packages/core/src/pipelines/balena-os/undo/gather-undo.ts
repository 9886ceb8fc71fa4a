import { refused } from '../../../errors/osrel-error.ts';
import type { DeviceType } from '../../../model/device-type.ts';
import {
  compareOsVersions,
  formatOsVersion,
  type OsVersion,
  parseOsVersion,
} from '../../../model/os-version.ts';
import { HELD_MARKER, MANIFEST_NAME } from '../../../model/published-files.ts';
import type { Trigger } from '../../../model/trigger.ts';
import type { PlanRequest } from '../../../plan-release-types.ts';
import type { HostappRelease } from '../../../ports/hostapp-releases.ts';
import type { Ports } from '../../../ports/ports.ts';
import { organizationOf } from '../environment-of.ts';
import { stateOfFolder } from '../gather-published.ts';
import { findRecordedVersion } from '../recorded-version.ts';
import { selectDeviceTypes } from '../select-device-types.ts';
import { isOffered, type PublishedVersion, type UndoFacts } from './undo-facts.ts';

type UndoTrigger = Extract<Trigger, { kind: 'undo' }>;

/** Folders that are looked into for a version to go back to. */
const MOST_CANDIDATES = 20;

/** Reads what an undo looks at, for each chosen device type. Nothing is written. */
export async function gatherUndoFacts(
  request: PlanRequest,
  trigger: UndoTrigger,
  ports: Ports,
): Promise<readonly UndoFacts[]> {
  const [head, documents] = await Promise.all([
    ports.sourceRepository.readHead(),
    ports.deviceRepository.listDeviceTypes(),
  ]);
  const deviceTypes = selectDeviceTypes(documents, request);
  const asked = trigger.version === null ? null : parseOsVersion(trigger.version);
  const source = { sha: head.sha, repository: trigger.repository ?? head.repository };
  return Promise.all(
    deviceTypes.map(async (deviceType) => ({
      schemaVersion: 1 as const,
      system: 'balena-os' as const,
      about: 'undo' as const,
      now: ports.clock.now(),
      source,
      deviceType: { slug: deviceType.slug, machine: deviceType.machine },
      ...(await gatherTarget({ request, trigger, deviceType, asked }, ports)),
    })),
  );
}

async function gatherTarget(
  question: {
    readonly request: PlanRequest;
    readonly trigger: UndoTrigger;
    readonly deviceType: DeviceType;
    readonly asked: OsVersion | null;
  },
  ports: Ports,
) {
  const { request, trigger, deviceType, asked } = question;
  const esr = asked === null ? trigger.esr : asked.kind === 'esr';
  const application = `${organizationOf(request)}/${deviceType.slug}${esr ? '-esr' : ''}`;
  const folder = `${esr ? 'esr-images' : 'images'}/${deviceType.slug}`;
  const [found, latest] = await Promise.all([
    ports.hostappApplications.find(application),
    ports.objectStore.readText(`${folder}/latest`),
  ]);
  if (found === undefined) {
    throw refused(
      'application.missing',
      `application ${application} does not exist, so nothing of it was published`,
      {
        hint: 'choose the environment with --env, the device type with --machine',
      },
    );
  }
  const finals = (await ports.hostappReleases.list(application)).filter((release) => release.isFinal);
  const latestText = latest?.text.trim() ?? null;
  const store = request.config.environments[request.environment]?.store;
  return {
    application,
    applicationTags: found.tags,
    esr,
    // Where the backend keeps no privacy, the application's own is all there is.
    visibility: found.deviceType?.privacy ?? (found.isPublic ? ('public' as const) : ('private' as const)),
    hasStore: store?.kind === 'directory' || store?.bucket != null,
    folder,
    latest: latestText,
    finals,
    published: await lookBack({ folder, asked, latest: latestText, finals }, ports),
  };
}

/** The version in question, then older ones, newest first, until one can be offered. */
async function lookBack(
  question: {
    readonly folder: string;
    readonly asked: OsVersion | null;
    readonly latest: string | null;
    readonly finals: readonly HostappRelease[];
  },
  ports: Ports,
): Promise<readonly PublishedVersion[]> {
  const { folder, asked, finals } = question;
  const latest = question.latest === null ? undefined : findRecordedVersion(question.latest);
  const names = await ports.objectStore.listFolders(`${folder}/`);
  const versions = names
    .flatMap((name) => findRecordedVersion(name) ?? [])
    .toSorted((a, b) => compareOsVersions(b, a));
  const isAsked = (version: OsVersion) => asked !== null && compareOsVersions(version, asked) === 0;
  const isOlder = (version: OsVersion) =>
    !isAsked(version) && (latest === undefined || compareOsVersions(version, latest) < 0);
  const first = versions.filter(isAsked);
  const looked: PublishedVersion[] = [];
  for (const version of first) looked.push(await lookAt(folder, formatOsVersion(version), ports));
  for (const version of versions.filter(isOlder).slice(0, MOST_CANDIDATES)) {
    const seen = await lookAt(folder, formatOsVersion(version), ports);
    looked.push(seen);
    if (isOffered(seen, finals)) break;
  }
  return looked;
}

async function lookAt(folder: string, version: string, ports: Ports): Promise<PublishedVersion> {
  const prefix = `${folder}/${version}/`;
  const names = new Set((await ports.objectStore.list(prefix)).map(({ key }) => key.slice(prefix.length)));
  return { version, state: stateOfFolder(names, names.has(MANIFEST_NAME)), isHeld: names.has(HELD_MARKER) };
}
