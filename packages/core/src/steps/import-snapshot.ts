import { z } from 'zod';
import { integrityBroken, upstreamFailed } from '../errors/osrel-error.ts';
import type { SnapshotImport } from '../ports/machine-images.ts';
import { findOwnMachineImage } from './own-machine-image.ts';
import { machineImageSourceSchema, readRawImage, sendRawImage } from './send-machine-image.ts';
import { defineStepKind, notDone, type StepRun } from './step-kind.ts';

const input = machineImageSourceSchema.extend({ name: z.string(), mark: z.string(), sha256: z.string() });

const output = z.strictObject({ snapshotId: z.string() });

type ImportInput = z.infer<typeof input>;
type ImportRun = StepRun<'machineImages' | 'machineImageStore' | 'deployFolder' | 'clock'>;

/** As often, and as long, as the workflow looks (balena-workflow 10.3). */
const POLL_MS = 10_000;
const LONGEST_MS = 30 * 60_000;

/**
 * Turns the uploaded disk image into a snapshot and waits for it. The object is removed when the import has ended, well
 * or not; while it may still be read it stays. An import that was started before, by whatever process, is waited for.
 */
export const importSnapshot = defineStepKind({
  kind: 'import-snapshot',
  writes: true,
  input,
  output,
  ports: ['machineImages', 'machineImageStore', 'deployFolder', 'clock'],
  probe: async (wanted, { ports, signal }) => {
    const snapshotId = await findSnapshot(wanted, ports, signal);
    if (snapshotId === undefined) return notDone;
    if ((await ports.machineImageStore.find(wanted.key)) !== undefined) return notDone;
    return {
      done: true,
      output: { snapshotId },
      because: `${snapshotId} is made from it, and the object is removed`,
    };
  },
  run: async (wanted, run) => {
    const { ports, signal } = run;
    const snapshotId = (await findSnapshot(wanted, ports, signal)) ?? (await importAndWait(wanted, run));
    await ports.machineImageStore.remove(wanted.key);
    return { snapshotId };
  },
});

async function findSnapshot(
  wanted: ImportInput,
  { machineImages }: Pick<ImportRun['ports'], 'machineImages'>,
  signal: AbortSignal,
): Promise<string | undefined> {
  const image = await findOwnMachineImage(wanted, machineImages, signal);
  if (image !== undefined && image.snapshotId !== null) return image.snapshotId;
  const known = await machineImages.findImport({ ...wanted, id: null }, signal);
  return known?.state === 'completed' ? known.snapshotId : undefined;
}

async function importAndWait(wanted: ImportInput, run: ImportRun): Promise<string> {
  const ended = await waitForEnd(wanted, run, await startOrContinue(wanted, run));
  if (ended.state === 'completed') return ended.snapshotId;
  await run.ports.machineImageStore.remove(wanted.key);
  throw upstreamFailed(
    'machine-image.import-failed',
    `the import of ${wanted.image} for ${wanted.name} failed: ${ended.message}`,
    {
      hint: 'start it anew with: osrel resume (the disk image is uploaded again); see the import task in the EC2 console when it fails again',
      details: { importId: ended.id },
    },
  );
}

async function startOrContinue(wanted: ImportInput, run: ImportRun): Promise<SnapshotImport> {
  const { ports, signal, log } = run;
  const known = await ports.machineImages.findImport({ ...wanted, id: null }, signal);
  if (known?.state === 'active') {
    log(`import ${known.id} runs already`);
    return known;
  }
  const raw = await readRawImage(wanted, ports.deployFolder);
  if (raw.sha256 !== wanted.sha256) {
    throw integrityBroken('machine-image.source-changed', `${raw.file} is not what was uploaded`, {
      hint: 'run the stage anew: osrel finalize',
      details: { found: raw.sha256, wanted: wanted.sha256 },
    });
  }
  // A failed import took the object with it; a resumed run has the receipt of the upload, but not the object.
  await sendRawImage(wanted.key, raw, run);
  const started = await ports.machineImages.startImport(wanted, signal);
  log(`import ${started.id} started`);
  return started;
}

async function waitForEnd(
  wanted: ImportInput,
  { ports, signal, log }: ImportRun,
  first: SnapshotImport,
): Promise<Exclude<SnapshotImport, { state: 'active' }>> {
  const startedAt = Date.parse(ports.clock.now());
  let now: SnapshotImport = first;
  let told = '';
  while (now.state === 'active') {
    const line = `import ${now.id}: ${now.progressPercent ?? 0} % ${now.message}`.trimEnd();
    if (line !== told) log(line);
    told = line;
    if (Date.parse(ports.clock.now()) - startedAt >= LONGEST_MS) throw tooSlow(wanted, now.id);
    await ports.clock.sleep(POLL_MS, signal);
    // Not shown yet counts as not ended: the service answers from replicas.
    now = (await ports.machineImages.findImport({ ...wanted, id: now.id }, signal)) ?? now;
  }
  return now;
}

function tooSlow(wanted: ImportInput, id: string) {
  return upstreamFailed(
    'machine-image.import-slow',
    `import ${id} for ${wanted.name} has not ended after ${LONGEST_MS / 60_000} minutes`,
    { hint: 'it goes on by itself; wait for it again with: osrel resume', details: { importId: id } },
  );
}
