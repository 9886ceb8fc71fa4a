import { z } from 'zod';
import { parseComposition } from '../model/composition.ts';
import { hexOfDigest } from '../model/digest.ts';
import { fillPlaceholders } from '../model/fill-placeholders.ts';
import type { DeployFolder } from '../ports/deploy-folder.ts';
import type { DraftRequest, HostappRelease, HostappReleases } from '../ports/hostapp-releases.ts';
import { readStagedRelease } from './read-staged-release.ts';
import { defineStepKind, notDone } from './step-kind.ts';

const document = z.record(z.string(), z.unknown());

const input = z.strictObject({
  application: z.string(),
  deviceType: z.string(),
  applicationTags: z.record(z.string(), z.string()),
  version: z.string(),
  mark: z.string(),
  sourceSha: z.string(),
  /** Fills `__DEVICE_REPO_REV__`. */
  shortSha: z.string(),
  slug: z.string(),
  manifestSha256: z.string(),
  contract: document,
  /** With `__BUILD_OUTPUT__` for the images that were built. */
  composition: document,
});

const output = z.strictObject({ releaseId: z.number(), commit: z.string() });

type DraftInput = z.infer<typeof input>;

/**
 * Makes the draft release, or finds the one that an earlier run of this very release made: it carries the release's
 * mark. A release of the same version from other source is never touched (W20).
 */
export const createDraft = defineStepKind({
  kind: 'create-draft',
  writes: true,
  input,
  output,
  ports: ['hostappApplications', 'hostappReleases', 'deployFolder'],
  // One at a time: two drafts of one mark must not be made side by side.
  concurrency: 1,
  probe: async (wanted, { ports }) => {
    const application = await ports.hostappApplications.find(wanted.application);
    if (application === undefined) return notDone;
    const own = await findOwn(wanted, ports.hostappReleases);
    return own === undefined
      ? notDone
      : {
          done: true,
          output: { releaseId: own.id, commit: own.commit },
          because: `${own.isFinal ? 'final' : 'draft'} ${own.id} carries this release's mark`,
        };
  },
  run: async (wanted, { ports, log }) => {
    await ports.hostappApplications.ensure({
      slug: wanted.application,
      deviceType: wanted.deviceType,
      tags: wanted.applicationTags,
    });
    const draft = await ports.hostappReleases.createDraft({
      application: wanted.application,
      version: wanted.version,
      mark: wanted.mark,
      sourceSha: wanted.sourceSha,
      contract: wanted.contract,
      ...(await builtContents(wanted, ports.deployFolder)),
    });
    log(`draft ${draft.id} of ${wanted.application} ${wanted.version} (${draft.commit})`);
    return { releaseId: draft.id, commit: draft.commit };
  },
});

/** The final one, else the first: of drafts that were made at once the first is everybody's. */
async function findOwn(wanted: DraftInput, releases: HostappReleases): Promise<HostappRelease | undefined> {
  const own = (await releases.list(wanted.application)).filter(
    (release) => release.mark === wanted.mark && !release.isInvalidated,
  );
  return own.find((release) => release.isFinal) ?? own.toSorted((a, b) => a.id - b.id)[0];
}

/** Each built service's image is named by the digest of its archive, under the application it belongs to. */
async function builtContents(
  wanted: DraftInput,
  deployFolder: DeployFolder,
): Promise<Pick<DraftRequest, 'archives' | 'composition'>> {
  const { manifest } = await readStagedRelease(wanted, deployFolder);
  const archives = manifest.files
    .filter((file) => file.role === 'hostapp' || file.role === 'extension')
    .map((file) => ({ service: file.service ?? '', sha256: hexOfDigest(file.digest) }));
  const images = new Map(
    archives.map(({ service, sha256 }) => [service, `${wanted.application}/${service}@sha256:${sha256}`]),
  );
  const composition = fillPlaceholders(parseComposition(wanted.composition, 'the planned composition'), {
    deviceRepositoryRevision: wanted.shortSha,
    images,
  });
  return {
    composition,
    archives: Object.fromEntries(archives.map(({ service, sha256 }) => [service, sha256])),
  };
}
