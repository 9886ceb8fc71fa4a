import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Ports } from '@osrel/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { release as releaseWith, SHA } from '../builders/facts.ts';
import { command, planOf, tag } from '../builders/plan-of.ts';
import { sha256Of } from '../contracts/temporary-folder.ts';
import { type EmbeddedRelease, openEmbeddedRelease, planEmbedded } from '../pipeline/embedded-release.ts';
import { runRelease, SMOKE, withPort } from './run-release.ts';

const PREFIX = 'images/raspberrypi4-64/6.5.1';
const APPLICATION = 'balena_os/raspberrypi4-64';

let embedded: EmbeddedRelease;

beforeEach(async () => {
  embedded = await openEmbeddedRelease('6.5.1');
});

afterEach(() => embedded.remove());

/** Does `spoil` with the id of the draft right after it was said to be complete. */
function afterCompletion(ports: Ports, spoil: (releaseId: number) => Promise<unknown>): Ports {
  return withPort(ports, 'hostappReleases', {
    update: async (releaseId, change) => {
      await ports.hostappReleases.update(releaseId, change);
      if (change.status === 'success') await spoil(releaseId);
    },
  });
}

async function runSpoilt(spoil: (releaseId: number) => Promise<unknown>) {
  const plan = await planEmbedded(embedded.ports, command('release'), {}, { osrelYml: SMOKE });
  return runRelease(plan, afterCompletion(embedded.ports, spoil));
}

async function expectHiddenDraft(): Promise<void> {
  expect(await embedded.ports.hostappReleases.list(APPLICATION)).toMatchObject([{ isFinal: false }]);
  expect(await embedded.ports.objectStore.find(`${PREFIX}/IGNORE`)).toBeDefined();
  expect(await embedded.ports.objectStore.find('images/raspberrypi4-64/latest')).toBeUndefined();
}

describe('a release is not made final', () => {
  it('when an asset of the right name and size has other bytes (W17)', async () => {
    const { releaseAssets } = embedded.ports;
    const run = await runSpoilt(async (releaseId) => {
      const attached = (await releaseAssets.list(releaseId)).find(({ key }) => key === 'VERSION');
      const text = 'x'.repeat(attached?.sizeBytes ?? 0);
      const file = join(embedded.root, 'other-version');
      await writeFile(file, text);
      await releaseAssets.attach({
        releaseId,
        key: 'VERSION',
        file,
        sizeBytes: text.length,
        sha256: sha256Of(text),
        mediaType: 'text/plain',
      });
    });
    expect(run.error).toMatchObject({ code: 'release.incomplete' });
    expect(JSON.stringify(run.error)).toContain('asset VERSION');
    await expectHiddenDraft();
  });

  it('when an object of the store is not what was sent (W18)', async () => {
    const run = await runSpoilt(() =>
      embedded.ports.objectStore.putText({
        key: `${PREFIX}/VERSION`,
        text: 'changed on the way',
        mediaType: 'text/plain',
        visibility: 'public',
        expected: { kind: 'anything' },
      }),
    );
    expect(run.error).toMatchObject({ code: 'release.incomplete' });
    expect(JSON.stringify(run.error)).toContain(`object ${PREFIX}/VERSION`);
    await expectHiddenDraft();
  });
});

describe('a draft that exists', () => {
  it('is finalized as it is: nothing is built or deployed for it (W10)', async () => {
    const manifest = 'f'.repeat(64);
    const first = await planOf(tag('v6.5.1'));
    const draft = first.steps.find(({ kind }) => kind === 'create-draft');
    const mark = draft === undefined ? '' : (draft.with as { readonly mark: string }).mark;
    const plan = await planOf(command('finalize', { force: { reason: 'tested by hand' } }), {
      releases: [releaseWith({ mark, sourceSha: SHA })],
      manifestOfRelease: { 7: manifest },
      store: { version: 'incomplete', manifestSha256: manifest },
    });
    expect(plan.steps.map(({ kind }) => kind)).toEqual([
      'verify-release',
      'finalize-release',
      'publish-images',
      'move-latest',
    ]);
    expect(plan.steps[0]?.with).toMatchObject({ releaseId: 7, manifestSha256: manifest });
  });
});
