import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { parseConfig } from '@osrel/core';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { gatherArtifacts } from '../../packages/core/src/pipelines/balena-os/gather-artifacts.ts';
import { TREE } from '../builders/facts.ts';
import { tag } from '../builders/plan-of.ts';
import { openS3, startTestS3 } from '../contracts/s3-stage.ts';
import { S3_PROFILES } from '../servers/s3/s3-profile.ts';
import { openEmbeddedRelease, planEmbedded } from './embedded-release.ts';
import { carryOut, KEPT_AND_TESTED, keepBuild, VERSION } from './kept-build.ts';

const SLUG = 'raspberrypi4-64';
const TAG = tag(`v${VERSION}`);

afterEach(() => {
  vi.unstubAllEnvs();
});

/** Stores differ in what they tell of an object: digests, visibility, conditions. */
describe.each(Object.entries(S3_PROFILES))('builds kept in a store as %s', (_, profile) => {
  it('are published by the tag, byte for byte, and never when they were changed', async () => {
    const server = await startTestS3(profile);
    const embedded = await openEmbeddedRelease(VERSION);
    const world = { ...embedded, ports: { ...embedded.ports, objectStore: openS3(server) } };
    const { objectStore, deployFolder, testReceipts } = world.ports;
    const kept = await keepBuild(world);
    for (const folder of ['deploy', 'build']) await rm(join(world.root, folder), { recursive: true });

    const gather = async () => ({
      tree: TREE,
      ...(await testReceipts.list({ slug: SLUG, version: VERSION })),
      artifacts: await gatherArtifacts(
        {
          request: { trigger: TAG, config: parseConfig(KEPT_AND_TESTED, { file: 'osrel.yml' }) },
          source: { tree: TREE },
          slug: SLUG,
          version: VERSION,
          deployFolder: null,
        },
        { objectStore, deployFolder },
      ),
    });
    const planTag = async () => {
      const { artifacts, ...facts } = await gather();
      if (artifacts === undefined) throw new Error('nobody looked');
      return planEmbedded(world.ports, TAG, { ...facts, artifacts }, { osrelYml: KEPT_AND_TESTED });
    };
    const planned = await planTag();
    expect(planned.decisions.find(({ rule }) => rule === 'build.adopt')).toMatchObject({ outcome: 'adopt' });

    const version = await objectStore.readText(`${kept.prefix}/VERSION`);
    const write = (text: string) =>
      objectStore.putText({
        key: `${kept.prefix}/VERSION`,
        text,
        mediaType: 'text/plain',
        visibility: 'private',
        expected: { kind: 'anything' },
      });
    await write((version?.text ?? '').replaceAll(/\d/g, '9'));
    const changed = await carryOut(world, planned);
    expect(changed.report.error).toMatchObject({ kind: 'integrity' });
    expect(await objectStore.list(`images/${SLUG}/${VERSION}/`)).toEqual([]);

    await write(version?.text ?? '');
    const { report } = await carryOut(world, await planTag());
    expect(report.error).toBeNull();
    expect(world.builder.builds()).toBe(1);
    expect(await deployFolder.listDefects(kept.directory, kept.manifest)).toEqual([]);
    const published = await objectStore.readDigest(`images/${SLUG}/${VERSION}/release-manifest.json`);
    expect(published?.sha256).toBe(kept.manifestSha256);
    await embedded.remove();
  });
});
