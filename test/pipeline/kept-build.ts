import { join } from 'node:path';
import {
  executePlan,
  type Plan,
  type Ports,
  type ReleaseManifest,
  type RunEvent,
  STEP_KINDS,
  type TestReceipt,
} from '@osrel/core';
import { withIndexFiles } from '../../packages/core/src/model/published-files.ts';
import { type FactsChange, TREE } from '../builders/facts.ts';
import { pullRequest } from '../builders/plan-of.ts';
import { createMemoryJournal } from '../fakes/memory-journal.ts';
import { type EmbeddedRelease, planEmbedded } from './embedded-release.ts';

export const VERSION = '6.5.1';
const SLUG = 'raspberrypi4-64';

/** A pull request with one suite, the one that is required, whose files are kept. */
export const KEPT_AND_TESTED = {
  artifacts: { keep: true },
  tests: {
    required: ['smoke'],
    matrix: [{ suite: 'smoke', lab: 'command', command: ['./smoke.sh'], results: 'tap' }],
  },
};

/** What a pull request left for its tag. */
export interface KeptBuild {
  readonly prefix: string;
  readonly builder: string;
  readonly manifestSha256: string;
  readonly manifest: ReleaseManifest;
  readonly receipts: readonly TestReceipt[];
  /** Folder with the files; goes with the world they were built in. */
  readonly directory: string;
}

/** Runs a plan to its end and gives what was told of it. */
export async function carryOut(world: Pick<EmbeddedRelease, 'ports' | 'clock'>, plan: Plan) {
  const events: RunEvent[] = [];
  const report = await executePlan({
    runId: 'run-1',
    plan,
    kinds: STEP_KINDS,
    ports: world.ports,
    clock: world.clock,
    journal: createMemoryJournal(),
    emit: (event) => void events.push(event),
    signal: new AbortController().signal,
    concurrency: 1,
    heartbeatMs: 0,
  });
  return { report, events };
}

/** Builds, tests and keeps in this world, as a pull request does. */
export async function keepBuild(world: EmbeddedRelease): Promise<KeptBuild> {
  const plan = await planEmbedded(world.ports, pullRequest(), { tree: TREE }, { osrelYml: KEPT_AND_TESTED });
  const { report } = await carryOut(world, plan);
  if (report.outcome !== 'done') throw new Error(`the pull request failed: ${report.error?.message}`);
  const keeping = plan.steps.find(({ kind }) => kind === 'keep-artifacts')?.with;
  const { prefix } = keeping as { readonly prefix: string };
  const directory = world.ports.deployFolder.pathOf(SLUG, VERSION);
  const manifest = await world.ports.deployFolder.findManifest(directory);
  if (manifest?.builder === undefined) throw new Error('the builder was not written down');
  const { receipts } = await world.ports.testReceipts.list({ slug: SLUG, version: VERSION });
  return {
    prefix,
    builder: manifest.builder,
    manifestSha256: receipts[0]?.manifestSha256 ?? '',
    manifest,
    receipts,
    directory,
  };
}

/** Puts it into the store of another world, with the receipts of its tests. */
export async function bringKept(
  kept: KeptBuild,
  { objectStore, testReceipts }: Pick<Ports, 'objectStore' | 'testReceipts'>,
): Promise<void> {
  for (const { name, ...content } of withIndexFiles(kept.manifest, kept.manifest.files)) {
    await objectStore.putFile({
      ...content,
      key: `${kept.prefix}/${name}`,
      file: join(kept.directory, name),
      visibility: 'private',
      expected: { kind: 'absent' },
    });
  }
  for (const receipt of kept.receipts.toReversed()) await testReceipts.record(receipt);
}

/** Facts of the tag that follows, on a machine that built nothing. */
export function factsOfTag(kept: KeptBuild): FactsChange {
  const { sha } = kept.manifest.source;
  return {
    tree: TREE,
    receipts: kept.receipts,
    artifacts: {
      deployFolderDefects: null,
      kept: [
        {
          prefix: kept.prefix,
          tree: TREE,
          manifest: { sha256: kept.manifestSha256, builder: kept.builder, sourceSha: sha },
          defect: null,
        },
      ],
    },
  };
}
