import { z } from 'zod';
import { conflict } from '../errors/osrel-error.ts';
import { parseComposition } from '../model/composition.ts';
import { hexOfDigest } from '../model/digest.ts';
import { fillPlaceholders } from '../model/fill-placeholders.ts';
import type { DeployFolder } from '../ports/deploy-folder.ts';
import type { HostappRelease, HostappReleases } from '../ports/hostapp-releases.ts';
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
      composition: await filledComposition(wanted, ports.deployFolder),
    });
    log(`draft ${draft.id} of ${wanted.application} ${wanted.version} (${draft.commit})`);
    return { releaseId: draft.id, commit: draft.commit };
  },
});

async function findOwn(wanted: DraftInput, releases: HostappReleases): Promise<HostappRelease | undefined> {
  const own = (await releases.list(wanted.application)).filter(
    (release) => release.mark === wanted.mark && !release.isInvalidated,
  );
  const final = own.find((release) => release.isFinal);
  if (final !== undefined || own.length <= 1) return final ?? own[0];
  throw conflict(
    'release.doubled',
    `${own.length} drafts of ${wanted.application} ${wanted.version} carry the mark of this release`,
    {
      hint: `remove all but one of them: ${own.map((release) => release.id).join(', ')}`,
    },
  );
}

/** Each built service's image is named by the digest of its archive, under the application it belongs to. */
async function filledComposition(
  wanted: DraftInput,
  deployFolder: DeployFolder,
): Promise<Readonly<Record<string, unknown>>> {
  const { manifest } = await readStagedRelease(wanted, deployFolder);
  const archives = manifest.files.filter((file) => file.role === 'hostapp' || file.role === 'extension');
  const images = new Map(
    archives.map((file) => [
      file.service ?? '',
      `${wanted.application}/${file.service ?? ''}@sha256:${hexOfDigest(file.digest)}`,
    ]),
  );
  return fillPlaceholders(parseComposition(wanted.composition, 'the planned composition'), {
    deviceRepositoryRevision: wanted.shortSha,
    images,
  });
}
