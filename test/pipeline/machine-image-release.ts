import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLocalDeployFolder, createLocalWorld, createMachineImages } from '@osrel/adapters';
import {
  executePlan,
  linkPlan,
  type MachineImages,
  manifestSha256,
  type ObjectStore,
  type Plan,
  type Ports,
  parseConfig,
  type ReleaseManifest,
  type RunReport,
  STEP_KINDS,
} from '@osrel/core';
import { planMachineImages } from '../../packages/core/src/pipelines/balena-os/plan-machine-image-stage.ts';
import { facts, SHA } from '../builders/facts.ts';
import { command } from '../builders/plan-of.ts';
import { sha256Of } from '../contracts/temporary-folder.ts';
import { type CutPoint, untilCrash, withCrashPoints } from '../crash/crashing-ports.ts';
import { createFixedClock, type FixedClock } from '../fakes/fixed-clock.ts';
import { createMemoryJournal, type MemoryJournal } from '../fakes/memory-journal.ts';
import { portsWith } from '../fakes/ports-with.ts';
import { type Ec2Server, startEc2 } from '../servers/ec2/start-ec2.ts';

export const VERSION = '6.5.1+rev2';
export const NAME = 'balenaOS-6.5.1-rev2-generic-amd64';
export const MARK = sha256Of('the release');
const IMAGE_BYTES = Buffer.alloc(70_000, 'disk image ');
export const IMAGE_SHA256 = sha256Of(IMAGE_BYTES);
const BUCKET = 'imports';

/** A built release whose machine image is made on an EC2 of its own. */
export interface MachineImageRelease {
  readonly server: Ec2Server;
  readonly clock: FixedClock;
  readonly plan: Plan;
  readonly ports: Ports;
  readonly store: ObjectStore;
  readonly journal: MemoryJournal;
  readonly close: () => Promise<void>;
}

export interface MachineImageChange {
  /** Words of the test command; none: no test step. */
  readonly test?: readonly string[];
  readonly runTest?: MachineImages['runTest'];
}

/** In memory where that is to be had: each story has a folder of its own. */
const FOLDER = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();

export async function openMachineImageRelease(change: MachineImageChange = {}): Promise<MachineImageRelease> {
  const root = await mkdtemp(join(FOLDER, 'osrel-machine-image-'));
  const clock = createFixedClock();
  const store = createLocalWorld({ root, clock }).objectStore;
  const server = await startEc2({
    hasObject: async (bucket, key) => bucket === BUCKET && (await store.find(key)) !== undefined,
  });
  process.env.AWS_ACCESS_KEY_ID = server.accessKeyId;
  process.env.AWS_SECRET_ACCESS_KEY = 'example-secret';
  const deployFolder = createLocalDeployFolder({ root: join(root, 'deploy') });
  const manifest = await stageRelease(deployFolder);
  const ports = portsWith({
    clock,
    deployFolder,
    machineImageStore: store,
    machineImages: createMachineImages({
      region: 'eu-central-1',
      endpoint: server.url,
      bucket: BUCKET,
      kmsKey: null,
      clock,
      runTest: async () => ({ verdict: 'passed', tests: [], because: 'its exit code is 0' }),
      ...(change.runTest === undefined ? {} : { runTest: change.runTest }),
    }),
  });
  const close = async (): Promise<void> => {
    await server.close();
    await rm(root, { recursive: true, force: true });
  };
  const plan = planOf(manifestSha256(manifest), change.test ?? ['./tests/boot.sh']);
  return { server, clock, plan, ports, store, journal: createMemoryJournal(), close };
}

async function stageRelease(
  deployFolder: ReturnType<typeof createLocalDeployFolder>,
): Promise<ReleaseManifest> {
  const directory = deployFolder.pathOf('generic-amd64', VERSION);
  await mkdir(join(directory, 'image'), { recursive: true });
  await writeFile(join(directory, 'image/balena.img'), IMAGE_BYTES);
  const manifest: ReleaseManifest = {
    schemaVersion: 1,
    system: 'balena-os',
    machine: 'generic-amd64',
    slug: 'generic-amd64',
    version: VERSION,
    esr: false,
    source: { repository: 'balena-os/balena-generic', sha: SHA },
    files: [
      {
        name: 'image/balena.img',
        sizeBytes: IMAGE_BYTES.length,
        digest: `sha256:${IMAGE_SHA256}`,
        mediaType: 'application/octet-stream',
        role: 'image',
      } as ReleaseManifest['files'][number],
    ],
  };
  await deployFolder.writeManifest(directory, manifest);
  return manifest;
}

/** Configuration with an environment that makes machine images. */
export function machineImageConfig(test: readonly string[], architecture = 'x86_64') {
  return parseConfig(
    {
      environments: {
        production: {
          balena: { host: 'balena-cloud.com', organization: 'balena_os' },
          store: { kind: 's3', bucket: 'files', region: 'us-east-1' },
          'machine-images': { region: 'eu-central-1', bucket: BUCKET, architecture, test },
        },
      },
    },
    { file: 'osrel.yml' },
  );
}

function planOf(manifest: string, test: readonly string[]): Plan {
  const { steps, decisions } = planMachineImages(
    {
      facts: facts({
        version: VERSION,
        deviceType: {
          slug: 'generic-amd64',
          machine: 'generic-amd64',
          arch: 'amd64',
          deployArtifact: 'balena-image-generic-amd64.balenaos-img',
        },
      }),
      config: machineImageConfig(test),
      environment: 'production',
      versionText: VERSION,
      mark: MARK,
    },
    { staged: { manifestSha256: manifest, after: [] }, after: [] },
  );
  return linkPlan({
    system: 'balena-os',
    environment: 'production',
    target: { machine: 'generic-amd64', slug: 'generic-amd64', version: VERSION, esr: false },
    trigger: command('finalize'),
    source: { sha: SHA, repository: null },
    stages: { build: 'skip', test: 'skip', deploy: 'skip', finalize: 'run', esr: 'skip' },
    steps: steps.map(({ step }) => step),
    decisions: [
      ...decisions,
      ...(['build', 'test', 'deploy', 'esr'] as const).map((stage) => ({
        rule: `stage.${stage}`,
        outcome: 'skip',
        because: 'not of interest here',
        stage,
      })),
    ],
  });
}

export interface Execution {
  readonly report: RunReport | undefined;
  readonly operations: number;
  readonly names: readonly string[];
}

/** Executes the plan as one process does that may be cut. */
export async function execute(
  { plan, ports, clock, journal }: MachineImageRelease,
  cut: CutPoint | null = null,
  signal = new AbortController().signal,
): Promise<Execution> {
  const { machineImages, machineImageStore, deployFolder } = ports;
  const crashing = withCrashPoints({ machineImages, machineImageStore, deployFolder, journal }, cut);
  const execution = executePlan({
    runId: 'run-1',
    plan,
    kinds: STEP_KINDS,
    ports: portsWith({ ...pick(crashing.ports), clock }),
    clock,
    journal: crashing.ports.journal,
    emit: () => undefined,
    signal,
    concurrency: 1,
    heartbeatMs: 0,
  }).catch((error: unknown) => {
    // A journal that cannot be read ends the run before it begins.
    if (cut === null) throw error;
    return undefined;
  });
  const report = await untilCrash(execution, crashing);
  return { report, operations: crashing.operations.length, names: crashing.operations };
}

function pick(ports: Pick<Ports, 'machineImages' | 'machineImageStore' | 'deployFolder'>) {
  const { machineImages, machineImageStore, deployFolder } = ports;
  return { machineImages, machineImageStore, deployFolder };
}

/** What is left in the account and in the bucket. */
export async function readAccount({ server: { world }, store }: MachineImageRelease) {
  return {
    images: [...world.images.values()].map((image) => ({
      name: image.name,
      tags: Object.fromEntries(world.tagsOf(image.id)),
    })),
    snapshots: world.snapshots.size,
    imports: world.imports.size,
    objects: await store.list('osrel-machine-images/'),
  };
}
