import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createLocalWorld, type LocalWorld } from './create-local-world.ts';
import { createSystemClock } from './create-system-clock.ts';
import { digestFile } from './file-digest.ts';
import { testFolder } from './test-folder.ts';

const APPLICATION = 'balena_os/raspberrypi4-64';
const clock = { ...createSystemClock(), now: () => '2026-11-21T04:00:00.000Z' };

interface Case {
  readonly prepare?: (world: LocalWorld, root: string) => Promise<unknown>;
  readonly operate: (world: LocalWorld, root: string) => Promise<unknown>;
  /** What a reader sees; a crash may leave the answer from before or from after, nothing else. */
  readonly look: (world: LocalWorld) => Promise<unknown>;
}

const putLatest = (text: string) => (world: LocalWorld) =>
  world.objectStore.putText({
    key: 'images/latest',
    text,
    mediaType: 'text/plain',
    visibility: text === 'old' ? 'private' : 'public',
    expected: { kind: 'anything' },
  });

// Without etags: they count the writes, also those that were cut short.
const lookAtObjects = async ({ objectStore }: LocalWorld) => [
  (await objectStore.readText('images/latest'))?.text,
  (await objectStore.list('')).map(({ etag: _, ...object }) => object),
];

const ensure = (world: LocalWorld) =>
  world.hostappApplications.ensure({
    slug: APPLICATION,
    deviceType: 'raspberrypi4-64',
    tags: { 'release-policy': 'esr' },
  });

const draft = async (world: LocalWorld) => {
  await ensure(world);
  return world.hostappReleases.createDraft({
    application: APPLICATION,
    version: '6.5.1',
    mark: 'mark',
    sourceSha: 'a'.repeat(40),
    archives: {},
    contract: {},
    composition: { services: { hostapp: {} } },
  });
};

const attach = (content: string) => async (world: LocalWorld, root: string) => {
  const file = join(root, 'asset');
  await writeFile(file, content);
  await world.releaseAssets.attach({
    ...(await digestFile(file)),
    file,
    releaseId: 1,
    key: 'image.json',
    mediaType: 'application/json',
  });
};

const cases: Readonly<Record<string, Case>> = {
  'writing a new object': { operate: putLatest('new'), look: lookAtObjects },
  'replacing an object': { prepare: putLatest('old'), operate: putLatest('new'), look: lookAtObjects },
  'removing an object': {
    prepare: putLatest('old'),
    operate: ({ objectStore }) => objectStore.remove('images/latest'),
    look: ({ objectStore }) => objectStore.find('images/latest'),
  },
  'making an application': {
    operate: ensure,
    look: ({ hostappApplications }) => hostappApplications.find(APPLICATION),
  },
  'writing a tag': {
    prepare: ensure,
    operate: async ({ hostappApplications }) => {
      const { tags = {} } = (await hostappApplications.find(APPLICATION)) ?? {};
      if (tags.next === undefined)
        await hostappApplications.writeTag(APPLICATION, { key: 'next', value: '2026.7.x', expected: null });
    },
    look: ({ hostappApplications }) => hostappApplications.find(APPLICATION),
  },
  'finalizing a release': {
    prepare: async (world) => {
      await draft(world);
      await world.hostappReleases.update(1, { status: 'success' });
    },
    operate: ({ hostappReleases }) => hostappReleases.finalize(1),
    look: ({ hostappReleases }) => hostappReleases.find(1),
  },
  'attaching an asset': {
    prepare: draft,
    operate: attach('new'),
    look: async ({ releaseAssets }) => [
      await releaseAssets.list(1),
      await releaseAssets.readText(1, 'image.json'),
    ],
  },
  'replacing an asset': {
    prepare: async (world, root) => {
      await draft(world);
      await attach('old')(world, root);
    },
    operate: attach('new'),
    look: async ({ releaseAssets }) => [
      await releaseAssets.list(1),
      await releaseAssets.readText(1, 'image.json'),
    ],
  },
};

/** A world whose process dies at the n-th change of a file, counted from the preparation's end; 0: never. */
async function prepared({ prepare }: Case, root: string, dieAt: number) {
  await prepare?.(createLocalWorld({ root, clock }), root);
  let changes = 0;
  const beforeCommit = () => {
    changes += 1;
    if (changes === dieAt) throw new Error('crash');
  };
  return { dying: createLocalWorld({ root, clock, beforeCommit }), countChanges: () => changes };
}

describe('a crash between any two changes of the world', () => {
  it.each(Object.entries(cases))(
    '%s: is seen as not begun or as done, and can be repeated',
    async (_, one) => {
      const smooth = await testFolder();
      const { dying, countChanges } = await prepared(one, smooth, 0);
      const before = await one.look(dying);
      await one.operate(dying, smooth);
      const after = await one.look(dying);
      expect(after).not.toEqual(before);
      expect(countChanges()).toBeGreaterThan(0);

      for (let dieAt = 1; dieAt <= countChanges(); dieAt += 1) {
        const root = await testFolder();
        const { dying: cut } = await prepared(one, root, dieAt);
        await expect(one.operate(cut, root)).rejects.toThrow('crash');
        const survivor = createLocalWorld({ root, clock });
        expect([before, after]).toContainEqual(await one.look(survivor));
        await one.operate(survivor, root);
        expect(await one.look(survivor)).toEqual(after);
      }
    },
  );

  it('wastes an id when a draft is cut short, and never shows half a draft', async () => {
    const root = await testFolder();
    const { dying } = await prepared({ prepare: ensure, operate: draft, look: async () => {} }, root, 2);
    await expect(draft(dying)).rejects.toThrow('crash');
    const survivor = createLocalWorld({ root, clock });
    expect(await survivor.hostappReleases.list(APPLICATION)).toEqual([]);
    expect(await survivor.hostappReleases.find(1)).toBeUndefined();
    expect((await draft(survivor)).id).toBe(2);
    expect(await readdir(join(root, '.osrel/world/applications', APPLICATION, 'releases'))).toEqual(['2']);
  });

  it.each([1, 2])('gives an object whose first write was cut at change %i its first etag', async (dieAt) => {
    const undisturbed = createLocalWorld({ root: await testFolder(), clock });
    const { etag } = await putLatest('new')(undisturbed);
    const root = await testFolder();
    const { dying } = await prepared({ operate: draft, look: async () => {} }, root, dieAt);
    await expect(putLatest('new')(dying)).rejects.toThrow('crash');
    expect((await putLatest('new')(createLocalWorld({ root, clock }))).etag).toBe(etag);
  });

  it('survives a second crash on top of the first while an object is replaced', async () => {
    for (const [first, second] of [1, 2, 3].flatMap((a) => [1, 2, 3].map((b) => [a, b]))) {
      const root = await testFolder();
      await putLatest('old')(createLocalWorld({ root, clock }));
      for (const dieAt of [first, second]) {
        const { dying } = await prepared({ operate: draft, look: draft }, root, dieAt ?? 0);
        await expect(putLatest('new')(dying)).rejects.toThrow('crash');
        const [object] = await dying.objectStore.list('');
        const text = (await dying.objectStore.readText('images/latest'))?.text;
        expect([text, object?.visibility]).toEqual(text === 'old' ? ['old', 'private'] : ['new', 'public']);
      }
    }
  });
});
