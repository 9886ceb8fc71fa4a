import { describe, expect, it } from 'vitest';
import type { Fault } from '../servers/balena/balena-fault.ts';
import { insertRow } from '../servers/balena/write-rows.ts';
import { APPLICATION, type BalenaStage, draftRequest, likeEngine, setBalenaStage } from './balena-stage.ts';
import { dockerArchive } from './docker-archive.ts';

/** Faults after which the same call may succeed. */
const PASSING: Readonly<Record<string, Fault>> = {
  '429 with Retry-After': { kind: 'status', status: 429, headers: { 'retry-after': '2' } },
  '500': { kind: 'status', status: 500 },
  '502': { kind: 'status', status: 502, body: 'bad gateway' },
  '503 with Retry-After': { kind: 'status', status: 503, headers: { 'retry-after': '1' } },
  '504': { kind: 'status', status: 504 },
  'a reset before it was done': { kind: 'reset-before' },
  'a lost reply': { kind: 'reset-after' },
  'a truncated body': { kind: 'truncated' },
  'a page with status 200': { kind: 'html', status: 200 },
  'a page with status 502': { kind: 'html', status: 502 },
  'a slow body': { kind: 'slow' },
};

type Osrel = ReturnType<BalenaStage['osrel']>;

interface Scene {
  /** Brings the server to where the work begins, and answers the work of one osrel. */
  readonly prepare: (stage: BalenaStage) => Promise<(osrel: Osrel) => Promise<unknown>>;
  /** Throws unless it was done, once, and nothing else was. */
  readonly check: (stage: BalenaStage) => void;
}

const releaseOf = (stage: BalenaStage, change: object = {}) =>
  insertRow(stage.server.world, 'release', {
    belongs_to__application: stage.applicationId,
    commit: 'c'.repeat(32),
    status: 'success',
    semver: '6.5.1',
    is_final: false,
    composition: {
      services: { hostapp: {} },
      'x-osrel': { mark: 'mark-1', version: '6.5.1', source: 'a'.repeat(40), archives: {} },
    },
    ...change,
  }).id;

const SCENES: Readonly<Record<string, Scene>> = {
  'making a draft': {
    prepare:
      async () =>
      ({ hostappReleases }) =>
        hostappReleases.createDraft(draftRequest()),
    check: ({ rows }) => {
      expect(rows('release')).toHaveLength(1);
      expect(rows('release')[0]).toMatchObject({ is_final: false, status: 'running', semver: '6.5.1' });
    },
  },
  'pushing an image': {
    prepare: async (stage) => {
      const releaseId = releaseOf(stage, { status: 'running' });
      const { archive, archiveSha256 } = await dockerArchive({ layers: [[{ name: 'a', content: 'b' }]] });
      const push = { releaseId, service: 'hostapp', archive, archiveSha256, labels: { store: 'root' } };
      return async ({ hostappReleases }) => {
        expect(await hostappReleases.pushImage(push)).toMatchObject({ archiveSha256 });
        expect((await hostappReleases.find(releaseId))?.images).toMatchObject([{ archiveSha256 }]);
      };
    },
    check: ({ rows, registry }) => {
      expect(rows('service')).toHaveLength(1);
      expect(rows('image')).toHaveLength(1);
      expect(rows('image')[0]).toMatchObject({
        status: 'success',
        content_hash: registry.arrived.at(-1)?.digest,
      });
      expect(rows('image__is_part_of__release')).toHaveLength(1);
      expect(rows('image_label').map(({ label_name, value }) => [label_name, value])).toEqual([
        ['store', 'root'],
      ]);
    },
  },
  'setting status and tags': {
    prepare: async (stage) => {
      const release = releaseOf(stage, { status: 'running' });
      insertRow(stage.server.world, 'release_tag', { release, tag_key: 'version', value: 'old' });
      const tags = { version: '6.5.1', 'meta-balena-base': 'v6.5.1' };
      return ({ hostappReleases }) => hostappReleases.update(release, { status: 'success', tags });
    },
    check: ({ rows }) => {
      expect(rows('release')[0]).toMatchObject({ status: 'success' });
      expect(rows('release_tag').map(({ tag_key, value }) => [tag_key, value])).toEqual([
        ['version', '6.5.1'],
        ['meta-balena-base', 'v6.5.1'],
      ]);
    },
  },
  finalizing: {
    prepare: async (stage) => {
      const release = releaseOf(stage);
      return async ({ hostappReleases }) =>
        expect(await hostappReleases.finalize(release)).toMatchObject({ revision: 0 });
    },
    check: ({ rows }) => expect(rows('release')[0]).toMatchObject({ is_final: true, raw_version: '6.5.1' }),
  },
  withdrawing: {
    prepare: async (stage) => {
      const release = releaseOf(stage, { is_final: true, note: 'said before' });
      return ({ hostappReleases }) => hostappReleases.invalidate(release, 'bricks boards');
    },
    check: ({ rows }) => {
      expect(rows('release')[0]).toMatchObject({ is_invalidated: true, note: 'said before\nbricks boards' });
      expect(rows('release_tag').map(({ value }) => value)).toEqual(['bricks boards']);
    },
  },
  'moving a tag of an application': {
    prepare: async (stage) => {
      const application = stage.applicationId;
      insertRow(stage.server.world, 'application_tag', { application, tag_key: 'current', value: 'old' });
      return async ({ hostappApplications }) => {
        const move = async (key: string, value: string, expected: string | null) => {
          // The engine looks before it writes again.
          if ((await hostappApplications.find(APPLICATION))?.tags[key] === value) return;
          await hostappApplications.writeTag(APPLICATION, { key, value, expected });
        };
        await move('current', '2026.4.x', 'old');
        await move('next', '2026.7.x', null);
      };
    },
    check: ({ rows }) =>
      expect(rows('application_tag').map(({ tag_key, value }) => [tag_key, value])).toEqual([
        ['current', '2026.4.x'],
        ['next', '2026.7.x'],
      ]),
  },
};

describe.each(Object.entries(SCENES))('%s on a balena API', (_, { prepare, check }) => {
  it.each(Object.entries(PASSING))('is done once whichever request meets %s', async (_name, fault) => {
    const calm = await setBalenaStage();
    await (await prepare(calm))(calm.osrel());
    check(calm);
    const requests = calm.server.requests.length;
    expect(requests).toBeGreaterThan(2);
    for (let nth = 1; nth <= requests; nth += 1) {
      const stage = await setBalenaStage();
      const work = await prepare(stage);
      stage.server.fail({ nth, fault });
      const osrel = stage.osrel();
      await likeEngine(() => work(osrel));
      check(stage);
    }
  });

  it.each([1, 2, 3])('is done once while reads see writes %i reads later', async (reads) => {
    const stage = await setBalenaStage();
    const work = await prepare(stage);
    stage.server.world.lag(reads);
    const osrel = stage.osrel();
    await likeEngine(() => work(osrel));
    check(stage);
  });

  it('is done once when it is cut after any request and done again by another osrel', async () => {
    const calm = await setBalenaStage();
    await (await prepare(calm))(calm.osrel());
    for (let nth = 1; nth <= calm.server.requests.length; nth += 1) {
      const stage = await setBalenaStage();
      const work = await prepare(stage);
      // The key stops to work: what comes after this request never happens.
      stage.server.fail({ nth, times: 1, fault: { kind: 'reset-after' } });
      stage.server.fail({ nth: nth + 1, times: 1, fault: { kind: 'status', status: 403 } });
      await work(stage.osrel()).catch(() => undefined);
      await work(stage.osrel());
      check(stage);
    }
  });
});
