import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDiskImages, createLocalDeployFolder, createLocalWorld } from '@osrel/adapters';
import { type Json, type Plan, type Ports, parseConfig, planRelease, type Trigger } from '@osrel/core';
import { type FactsChange, facts, SHA, TREE } from '../builders/facts.ts';
import { ownSigning } from '../builders/signing.ts';
import { createFixedClock, type FixedClock } from '../fakes/fixed-clock.ts';
import { portsWith } from '../fakes/ports-with.ts';
import { forgetfulHistory, suiteLab } from '../fakes/suite-lab.ts';
import { createTinyBuilder, type TinyBuilder } from '../fakes/tiny-builder.ts';

/** One checkout with the embedded world, a front end that builds in milliseconds, and a lab in which all passes. */
export interface EmbeddedRelease {
  readonly root: string;
  readonly clock: FixedClock;
  readonly ports: Ports;
  readonly builder: TinyBuilder;
  readonly remove: () => Promise<void>;
}

/** In memory where that is to be had: hundreds of worlds are made, and each write of theirs waits for the disk. */
const FOLDER = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();

const ROOT_FILES = { 'CHANGELOG.md': '# Changes\n\n- all of them\n' };

/** One key for all worlds: a receipt has the same name in each. */
const SIGNING = ownSigning();

export async function openEmbeddedRelease(version: string): Promise<EmbeddedRelease> {
  const root = await mkdtemp(join(FOLDER, 'osrel-pipeline-'));
  for (const [name, text] of Object.entries(ROOT_FILES)) await writeFile(join(root, name), text);
  const clock = createFixedClock();
  const builder = createTinyBuilder({ root, version });
  const written = new Map<string, string>();
  // No machine images are made here.
  const ports = portsWith({
    ...createLocalWorld({ root, clock, receiptSigning: SIGNING }),
    clock,
    osBuilder: builder,
    diskImages: createDiskImages(),
    deployFolder: createLocalDeployFolder({ root: join(root, 'deploy') }),
    testLab: suiteLab('passed'),
    testHistory: forgetfulHistory,
    // Nothing here is signed.
    kernelImages: {
      readCertificates: async () => [],
      listKernels: async () => ({ kernels: [], recipes: [] }),
    },
    sourceRepository: {
      readHead: async () => ({
        root,
        sha: SHA,
        tree: TREE,
        shortSha: SHA.slice(0, 7),
        branch: null,
        repository: null,
        committedAt: clock.now(),
        dirtyPaths: [],
        tags: [],
      }),
      findTag: async () => undefined,
      listTags: async () => [],
      listFirstParents: async () => [],
    },
    deviceRepository: {
      readIdentity: async () => ({
        repoYml: undefined,
        version,
        hasChangelog: true,
        metaBalenaVersion: null,
      }),
      listDeviceTypes: async () => [],
      readComposition: async () => ({}),
      composeOsContracts: async () => undefined,
      readDeviceTypeJson: async (name) => written.get(name),
      writeDeviceTypeJson: async (name, text) => {
        written.set(name, text);
      },
    },
  });
  return { root, clock, ports, builder, remove: () => rm(root, { recursive: true, force: true }) };
}

/** Plans from built facts, so that only the execution touches the world. */
export async function planEmbedded(
  ports: Ports,
  trigger: Trigger,
  change: FactsChange,
  other: { readonly osrelYml?: unknown; readonly facts?: Json | undefined } = {},
): Promise<Plan> {
  const [planned] = await planRelease(
    {
      trigger,
      config: parseConfig(other.osrelYml, { file: 'osrel.yml' }),
      environment: 'local',
      machines: [],
      slug: null,
      savedFacts: other.facts ?? (JSON.parse(JSON.stringify(facts(change))) as Json),
    },
    ports,
  );
  if (planned === undefined) throw new Error('nothing was planned');
  return planned.plan;
}
