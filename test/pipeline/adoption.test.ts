import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type BalenaOsFacts, OsrelError, type Ports, parseConfig } from '@osrel/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { gatherArtifacts } from '../../packages/core/src/pipelines/balena-os/gather-artifacts.ts';
import { gatherDeployFolder } from '../../packages/core/src/pipelines/balena-os/gather-published.ts';
import { type FactsChange, TREE } from '../builders/facts.ts';
import { pullRequest, tag } from '../builders/plan-of.ts';
import { type EmbeddedRelease, openEmbeddedRelease, planEmbedded } from './embedded-release.ts';
import {
  bringKept,
  carryOut,
  factsOfTag,
  KEPT_AND_TESTED,
  type KeptBuild,
  keepBuild,
  VERSION,
} from './kept-build.ts';

const SLUG = 'raspberrypi4-64';
const TAG = tag(`v${VERSION}`);

let world: EmbeddedRelease;
let kept: KeptBuild;

/** A pull request has built, tested and kept. */
beforeEach(async () => {
  world = await openEmbeddedRelease(VERSION);
  kept = await keepBuild(world);
});

afterEach(() => world.remove());

/** What the tag's machine finds: nothing but the store. */
async function forgetBuild(): Promise<void> {
  for (const folder of ['deploy', 'build']) await rm(join(world.root, folder), { recursive: true });
}

/** Facts as they are gathered in this world now. */
async function gather(ports: Ports = world.ports): Promise<FactsChange> {
  const deployFolder = await gatherDeployFolder(SLUG, VERSION, ports);
  const artifacts = await gatherArtifacts(
    {
      request: { trigger: TAG, config: parseConfig(KEPT_AND_TESTED, { file: 'osrel.yml' }) },
      source: { tree: TREE },
      slug: SLUG,
      version: VERSION,
      deployFolder,
    },
    ports,
  );
  return {
    tree: TREE,
    ...(await ports.testReceipts.list({ slug: SLUG, version: VERSION })),
    deployFolder,
    ...(artifacts === undefined ? {} : { artifacts }),
  };
}

const planTag = (change: FactsChange) =>
  planEmbedded(world.ports, TAG, change, { osrelYml: KEPT_AND_TESTED });
const damageOf = (facts: FactsChange): BalenaOsFacts['artifacts'] => facts.artifacts;

const key = (name: string) => `${kept.prefix}/${name}`;
/** Overwrites or adds a kept file. */
const put = (name: string, text: string) =>
  world.ports.objectStore.putText({
    key: key(name),
    text,
    mediaType: 'text/plain',
    visibility: 'private',
    expected: { kind: 'anything' },
  });

describe('a tag after its pull request', () => {
  it('publishes the tested bytes without a build, under a manifest that is the same byte for byte (W11)', async () => {
    const before = await readFile(join(kept.directory, 'release-manifest.json'));
    const sums = await readFile(join(kept.directory, 'SHA256SUMS'), 'utf8');
    await forgetBuild();
    const plan = await planTag(await gather());
    expect(plan.decisions.find(({ rule }) => rule === 'build.adopt')).toMatchObject({ outcome: 'adopt' });
    const { report } = await carryOut(world, plan);
    expect(report.error).toBeNull();
    expect(world.builder.builds()).toBe(1);
    const published = await world.ports.objectStore.readText(
      `images/${SLUG}/${VERSION}/release-manifest.json`,
    );
    expect(published?.text).toBe(before.toString());
    expect(await readFile(join(kept.directory, 'release-manifest.json'))).toEqual(before);
    expect(await readFile(join(kept.directory, 'SHA256SUMS'), 'utf8')).toBe(sums);
    const [release] = await world.ports.hostappReleases.list(`balena_os/${SLUG}`);
    expect(release).toMatchObject({ isFinal: true, status: 'success' });
    expect(release?.tags['osrel-manifest']).toBe(kept.manifestSha256);
  });

  it('uses the deploy folder where it holds them, and fetches nothing', async () => {
    const plan = await planTag(await gather());
    const { report } = await carryOut(world, plan);
    expect(report.steps.find(({ id }) => id === 'adopt-artifacts')).toMatchObject({ outcome: 'adopted' });
    expect(report.error).toBeNull();
    expect(world.builder.builds()).toBe(1);
  });

  it('keeps private what it keeps, also what is never published', async () => {
    const objects = await world.ports.objectStore.list(`${kept.prefix}/`);
    expect(objects.map(({ key }) => key.slice(kept.prefix.length + 1))).toEqual(
      expect.arrayContaining(['image/balena.img', 'hostapp/balena-image-raspberrypi4-64.docker']),
    );
    const found = await Promise.all(objects.map(({ key }) => world.ports.objectStore.find(key)));
    expect(new Set(found.map((object) => object?.visibility))).toEqual(new Set(['private']));
  });
});

describe('what was kept and is damaged', () => {
  const MANIFEST = 'release-manifest.json';
  it.each<[string, () => Promise<unknown>, string]>([
    ['is missing', () => world.ports.objectStore.remove(key('VERSION')), 'VERSION is missing'],
    ['has another size', () => put('VERSION', 'v0'), 'VERSION has 2 bytes'],
    ['has other bytes', () => put('VERSION', 'v99.9.9'), 'VERSION has sha256'],
    ['lost its manifest', () => world.ports.objectStore.remove(key(MANIFEST)), 'cut short'],
    ['has half a manifest', () => put(MANIFEST, '{"schemaVersion":'), 'cannot be read'],
    ['has a manifest of another kind', () => put(MANIFEST, '{"schemaVersion":2}'), 'cannot be read'],
  ])('is told when a file %s, and the tag builds', async (_, damage, words) => {
    await damage();
    await forgetBuild();
    const found = await gather();
    expect(damageOf(found)?.kept[0]?.defect).toContain(words);
    const plan = await planTag(found);
    expect(plan.steps.map(({ id }) => id)).toContain('build-hostapp');
    expect(plan.decisions.find(({ rule }) => rule === 'build.adopt')?.because).toContain(words);
    expect((await carryOut(world, plan)).report.error).toBeNull();
    expect(world.builder.builds()).toBe(2);
  });

  it('is never published when it is damaged after it was planned', async () => {
    await forgetBuild();
    const plan = await planTag(await gather());
    await put('VERSION', 'v99.9.9');
    const { report } = await carryOut(world, plan);
    expect(report.error).toMatchObject({ kind: 'integrity' });
    expect(await world.ports.deployFolder.findManifest(kept.directory)).toBeUndefined();
    expect(await world.ports.objectStore.list(`images/${SLUG}/${VERSION}/`)).toEqual([]);
  });

  it('is left alone where the credentials may not look, and every other failure is one', async () => {
    await forgetBuild();
    const failing = (kind: 'permission' | 'upstream') => ({
      ...world.ports,
      objectStore: {
        ...world.ports.objectStore,
        list: () => Promise.reject(new OsrelError(kind, 'store.refused', 'the store refuses')),
      },
      deployFolder: world.ports.deployFolder,
      testReceipts: world.ports.testReceipts,
    });
    expect((await gather(failing('permission'))).artifacts).toMatchObject({
      kept: [],
      refusal: 'the store refuses',
    });
    await expect(gather(failing('upstream'))).rejects.toMatchObject({ code: 'store.refused' });
  });

  it('is not taken when another build was kept in its place meanwhile', async () => {
    await forgetBuild();
    const plan = await planTag(await gather());
    const text = await world.ports.objectStore.readText(key(MANIFEST));
    await put(MANIFEST, text?.text.replace('"esr": false', '"esr": true') ?? '');
    const { report } = await carryOut(world, plan);
    expect(report.error).toMatchObject({ kind: 'integrity', code: 'artifacts.changed' });
  });

  it('is said of the deploy folder too, and then the store serves', async () => {
    await writeFile(join(kept.directory, 'VERSION'), 'v0');
    const found = await gather();
    expect(found.artifacts?.deployFolderDefects?.join()).toContain('VERSION');
    const plan = await planTag(found);
    const { report } = await carryOut(world, plan);
    expect(report.error).toBeNull();
    expect(report.steps.find(({ id }) => id === 'adopt-artifacts')).toMatchObject({ outcome: 'done' });
    expect(await world.ports.deployFolder.listDefects(kept.directory, kept.manifest)).toEqual([]);
  });
});

describe('fetching', () => {
  it('goes on with what a cut run brought', async () => {
    await forgetBuild();
    const plan = await planTag(await gather());
    const image = `${kept.prefix}/image/balena.img`;
    const whole = await world.ports.objectStore.find(image);
    const { directory } = await world.ports.deployFolder.prepareIncoming(kept.directory, kept.manifest);
    const file = join(directory, 'image/balena.img');
    await world.ports.objectStore.fetchFile({
      key: image,
      file,
      sizeBytes: whole?.sizeBytes ?? 0,
      sha256: whole?.sha256 ?? '',
    });
    const { report, events } = await carryOut(world, plan);
    expect(report.error).toBeNull();
    const lines = events.flatMap((event) => (event.type === 'step-log' ? [event.line] : []));
    expect(lines.join()).toContain(
      `${kept.manifest.files.length - 1} of ${kept.manifest.files.length} files fetched`,
    );
  });
});

describe('keeping', () => {
  const again = async (ports: Ports = world.ports) => {
    const plan = await planEmbedded(ports, pullRequest(), { tree: TREE }, { osrelYml: KEPT_AND_TESTED });
    return carryOut({ ...world, ports }, plan);
  };

  it('sends what is missing, once more or never again', async () => {
    await world.ports.objectStore.remove(`${kept.prefix}/VERSION`);
    const mended = await again();
    const lines = mended.events.flatMap((event) => (event.type === 'step-log' ? [event.line] : []));
    expect(lines.join()).toContain(`1 of ${kept.manifest.files.length + 2} files sent`);
    const { report } = await again();
    expect(report.steps.find(({ id }) => id === 'keep-artifacts')).toMatchObject({ outcome: 'adopted' });
  });

  it('replaces an older build of the same tree and builder, and leaves nothing of it', async () => {
    const other = await openEmbeddedRelease(VERSION);
    await other.ports.objectStore.putText({
      key: `${kept.prefix}/leftover`,
      text: 'of an older build',
      mediaType: 'text/plain',
      visibility: 'private',
      expected: { kind: 'absent' },
    });
    await bringKept(
      {
        ...kept,
        receipts: [],
        manifest: { ...kept.manifest, planId: 'older' },
        directory: await olderFolder(),
      },
      other.ports,
    );
    const newer = await keepBuild(other);
    const keys = (await other.ports.objectStore.list(`${kept.prefix}/`)).map((object) => object.key);
    expect(keys).not.toContain(`${kept.prefix}/leftover`);
    const manifest = await other.ports.objectStore.find(`${kept.prefix}/release-manifest.json`);
    expect(manifest?.sha256).toBe(newer.manifestSha256);
    await other.remove();
  });

  /** The same files under another manifest. */
  async function olderFolder(): Promise<string> {
    await world.ports.deployFolder.writeManifest(kept.directory, { ...kept.manifest, planId: 'older' });
    return kept.directory;
  }

  it('vouches for nothing while another run writes there too', async () => {
    await world.ports.objectStore.remove(`${kept.prefix}/release-manifest.json`);
    await world.ports.objectStore.remove(`${kept.prefix}/VERSION`);
    const { objectStore } = world.ports;
    const overtaken: EmbeddedRelease['ports']['objectStore'] = {
      ...objectStore,
      putFile: async (request) => {
        const stored = await objectStore.putFile(request);
        if (request.key.endsWith('/VERSION')) await put('VERSION', 'v99.9.9');
        return stored;
      },
    };
    const { report } = await again({ ...world.ports, objectStore: overtaken });
    expect(report.error).toMatchObject({ kind: 'conflict', code: 'artifacts.raced' });
    expect(await objectStore.find(`${kept.prefix}/release-manifest.json`)).toBeUndefined();
    expect((await again()).report.error).toBeNull();
  });

  it('is found again by the facts that the tag gathers', async () => {
    const found = await gather();
    expect(found.artifacts?.kept).toEqual(factsOfTag(kept).artifacts?.kept);
  });
});
