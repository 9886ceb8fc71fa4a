import type { HostappRelease, Json, Ports } from '@osrel/core';
import { SHA } from '../builders/facts.ts';
import { describeCrashSafety } from './describe-crash-safety.ts';

const FLEET = 'balena_os/raspberrypi4-64-esr';
const FOLDER = 'esr-images/raspberrypi4-64';
const LINES = { 'esr-next': '2026.7.x', 'esr-current': '2026.4.x', 'esr-sunset': '2026.1.x' };
const VERSIONS = ['2026.1.0', '2026.4.0', '2026.7.0'];

/** Three final ESR versions in the store, one a line; latest is the last. */
async function publish({ hostappApplications, hostappReleases, objectStore }: Ports): Promise<void> {
  await hostappApplications.ensure({ slug: FLEET, deviceType: 'raspberrypi4-64', tags: {} });
  for (const [key, value] of Object.entries(LINES))
    await hostappApplications.writeTag(FLEET, { key, value, expected: null });
  const put = (key: string, text: string) =>
    objectStore.putText({
      key,
      text,
      mediaType: 'text/plain',
      visibility: 'public',
      expected: { kind: 'anything' },
    });
  for (const version of VERSIONS) {
    const draft = await hostappReleases.createDraft({
      application: FLEET,
      version,
      mark: version,
      sourceSha: SHA,
      archives: {},
      contract: {},
      composition: { services: { hostapp: {} } },
    });
    await hostappReleases.update(draft.id, { status: 'success' });
    await hostappReleases.finalize(draft.id);
    await put(`${FOLDER}/${version}/VERSION`, version);
    await put(`${FOLDER}/${version}/release-manifest.json`, '{}');
  }
  await put(`${FOLDER}/latest`, '2026.7.0\n');
}

const finals = VERSIONS.map(
  (version, index): Pick<HostappRelease, 'id' | 'version' | 'rawVersion' | 'isInvalidated' | 'isFinal'> => ({
    id: index + 1,
    version,
    rawVersion: version,
    isFinal: true,
    isInvalidated: false,
  }),
);

const undoFacts: Json = JSON.parse(
  JSON.stringify({
    schemaVersion: 1,
    system: 'balena-os',
    about: 'undo',
    now: '2026-11-21T00:00:00.000Z',
    source: { sha: SHA, repository: null },
    deviceType: { slug: 'raspberrypi4-64', machine: 'raspberrypi4-64' },
    application: FLEET,
    applicationTags: LINES,
    esr: true,
    visibility: 'public',
    hasStore: true,
    folder: FOLDER,
    latest: '2026.7.0',
    finals,
    published: ['2026.7.0', '2026.4.0'].map((version) => ({ version, state: 'published', isHeld: false })),
  }),
);

describeCrashSafety('the withdrawal of the only version of the next line', {
  version: '2026.7.0',
  trigger: {
    kind: 'undo',
    action: 'withdraw',
    repository: null,
    version: '2026.7.0',
    esr: false,
    reason: 'loses the network',
  },
  change: {},
  facts: undoFacts,
  fewestCuts: 20,
  prepare: publish,
});

describeCrashSafety('a rollback of latest', {
  version: '2026.7.0',
  trigger: {
    kind: 'undo',
    action: 'rollback',
    repository: null,
    version: null,
    esr: true,
    reason: 'slow boots',
  },
  change: {},
  facts: undoFacts,
  fewestCuts: 20,
  prepare: publish,
});
