import { afterEach, describe, expect, it } from 'vitest';
import { exhaustCrashes } from '../crash/exhaust-crashes.ts';
import { createMemoryJournal } from '../fakes/memory-journal.ts';
import type { Ec2Fault } from '../servers/ec2/ec2-fault.ts';
import { failingImport } from '../servers/ec2/ec2-world.ts';
import {
  execute,
  IMAGE_SHA256,
  MARK,
  type MachineImageChange,
  type MachineImageRelease,
  NAME,
  openMachineImageRelease,
  readAccount,
} from './machine-image-release.ts';

const opened: MachineImageRelease[] = [];
afterEach(async () => {
  for (const release of opened.splice(0)) await release.close();
});

async function open(change: MachineImageChange = {}): Promise<MachineImageRelease> {
  const release = await openMachineImageRelease(change);
  opened.push(release);
  return release;
}

/** One image with one snapshot from one import, and no object left behind. */
const DONE = {
  images: [
    {
      name: NAME,
      tags: { Name: NAME, 'osrel-mark': MARK, 'osrel-sha256': IMAGE_SHA256, 'osrel-test': 'passed' },
    },
  ],
  snapshots: 1,
  imports: 1,
  objects: [],
};

/** Nothing of the release is left but the record of its import. */
const CLEAN = { images: [], snapshots: 0, objects: [] };

describe('the machine image of a release', () => {
  it('is imported, registered as the workflow does it, tested, and its object is removed', async () => {
    const release = await open();
    const { report } = await execute(release);
    expect(report?.error).toBeNull();
    expect(await readAccount(release)).toEqual(DONE);
    const [image] = release.server.world.images.values();
    expect(image).toMatchObject({
      architecture: 'x86_64',
      bootMode: 'uefi',
      tpmSupport: 'v2.0',
      virtualization: 'hvm',
      ena: true,
      rootDevice: '/dev/sda1',
      disk: { device: '/dev/sda1', sizeGib: 8, type: 'gp2', deletedOnTermination: true },
    });
    const [snapshot] = release.server.world.snapshots.values();
    expect(snapshot).toMatchObject({ description: `snapshot-${NAME}`, kmsKey: null });
    expect(Object.fromEntries(release.server.world.tagsOf(snapshot?.id ?? ''))).toMatchObject({
      'osrel-mark': MARK,
    });
  });

  it('is adopted by a new run: nothing is uploaded, made or tested again', async () => {
    const tested: string[] = [];
    const release = await open({
      runTest: async ({ imageId }) => {
        tested.push(imageId);
        return { verdict: 'passed', tests: [], because: '' };
      },
    });
    await execute(release);
    const asked = release.server.requests.length;
    const again = await execute({ ...release, journal: createMemoryJournal() });
    expect(again.report?.steps.map(({ outcome }) => outcome)).toEqual(Array(4).fill('adopted'));
    expect(release.server.requests.slice(asked).filter((action) => !action.startsWith('Describe'))).toEqual(
      [],
    );
    expect(tested).toHaveLength(1);
    expect(await readAccount(release)).toEqual(DONE);
  });

  it('is left alone and explained when its name belongs to another one', async () => {
    const release = await open();
    await execute(release);
    const [image] = release.server.world.images.values();
    release.server.world.writeTags(image?.id ?? '', new Map([['osrel-mark', 'another']]));
    const { report } = await execute({ ...release, journal: createMemoryJournal() });
    expect(report?.error).toMatchObject({
      kind: 'conflict',
      code: 'machine-image.name-taken',
      message: expect.stringContaining('another release'),
    });
    expect(release.server.world.images.size).toBe(1);
    expect(release.server.world.snapshots.size).toBe(1);
  });

  it('goes away with its snapshot when its test fails, and a new run makes another', async () => {
    const verdicts = ['failed', 'passed'] as const;
    let runs = 0;
    const release = await open({
      runTest: async () => ({
        verdict: verdicts[runs++] ?? 'passed',
        tests: [],
        because: 'its exit code is 1',
      }),
    });
    const { report } = await execute(release);
    expect(report?.error).toMatchObject({ kind: 'tests', code: 'machine-image.test-failed' });
    expect(await readAccount(release)).toMatchObject(CLEAN);
    const resumed = await execute(release);
    expect(resumed.report?.error).toMatchObject({ kind: 'integrity', code: 'machine-image.gone' });
    const again = await execute({ ...release, journal: createMemoryJournal() });
    expect(again.report?.error).toBeNull();
    expect(await readAccount(release)).toEqual({ ...DONE, imports: 2 });
  });

  it('stays when a test fails that came after it was in use', async () => {
    const untested = await open({ test: [] });
    await execute(untested);
    const release = await open({
      runTest: async () => ({ verdict: 'failed', tests: [], because: 'its exit code is 1' }),
    });
    const journal = createMemoryJournal();
    const { machineImages, machineImageStore } = untested.ports;
    const ports = { ...untested.ports, machineImageStore, deployFolder: release.ports.deployFolder };
    const { report } = await execute({
      ...untested,
      plan: release.plan,
      journal,
      ports: {
        ...ports,
        clock: untested.clock,
        machineImages: { ...machineImages, runTest: release.ports.machineImages.runTest },
      },
    });
    expect(report?.error).toMatchObject({
      code: 'machine-image.test-failed',
      message: expect.stringContaining('failed its test'),
    });
    expect(untested.server.world.images.size).toBe(1);
  });

  it('stays, untested, when the test could not run, and the run can be continued', async () => {
    let runs = 0;
    const release = await open({
      runTest: async () => {
        runs += 1;
        return { verdict: runs === 1 ? 'rig-failure' : 'passed', tests: [], because: 'no such file' };
      },
    });
    const { report } = await execute(release);
    expect(report?.error).toMatchObject({ kind: 'rig', code: 'machine-image.test-rig' });
    const { report: resumed } = await execute(release);
    expect(resumed?.error).toBeNull();
    expect(await readAccount(release)).toEqual(DONE);
  });

  it('tells why its import failed, removes the object, and sends it again when resumed', async () => {
    const release = await open();
    release.server.world.scripts.push(failingImport('ClientError: Disk validation failed [no MBR]'));
    const { report } = await execute(release);
    expect(report?.error).toMatchObject({
      kind: 'upstream',
      code: 'machine-image.import-failed',
      message: expect.stringContaining('Disk validation failed'),
    });
    expect(await readAccount(release)).toMatchObject(CLEAN);
    const { report: resumed } = await execute(release);
    expect(resumed?.error).toBeNull();
    expect(await readAccount(release)).toEqual({ ...DONE, imports: 2 });
  });

  it('is not waited for longer than half an hour, and goes on from there', async () => {
    const release = await open();
    const { world } = release.server;
    world.scripts.push(Array(400).fill({ status: 'active', progress: 3, message: 'pending' }));
    const { report } = await execute(release);
    expect(report?.error).toMatchObject({ code: 'machine-image.import-slow' });
    const [task] = world.imports.values();
    if (task !== undefined) task.looks = [{ status: 'completed', progress: null, message: '' }];
    const { report: resumed } = await execute(release);
    expect(resumed?.error).toBeNull();
    expect(await readAccount(release)).toMatchObject({ imports: 1, snapshots: 1, objects: [] });
  });

  it('leaves an import that runs alone when it is interrupted', async () => {
    const release = await open();
    const stop = new AbortController();
    release.server.onRequest = (action) => {
      if (action === 'ImportSnapshot') stop.abort(new Error('stop'));
    };
    const { report } = await execute(release, null, stop.signal);
    expect(report?.outcome).toBe('cancelled');
    release.server.onRequest = null;
    const { report: resumed } = await execute(release);
    expect(resumed?.error).toBeNull();
    expect(await readAccount(release)).toEqual(DONE);
  });

  it('is the same wherever a run of it is cut and continued, or a reply is lost', async () => {
    const told = await exhaustCrashes<MachineImageRelease>(
      {
        open: () => openMachineImageRelease(),
        execute: async (release, cut) => {
          const { report, operations } = await execute(release, cut);
          return { isDone: report?.outcome === 'done', operations };
        },
        check: async (release, cuts) => {
          expect(await readAccount(release), JSON.stringify(cuts)).toEqual(DONE);
        },
        close: (release) => release.close(),
      },
      // Dying after an operation is dying before the next; a failure without effect is one before it.
      { depth: 1, kinds: ['crash-before', 'fail-after'] },
    );
    expect(told).toBeGreaterThan(60);
  }, 120_000);

  it.each<readonly [string, Ec2Fault]>([
    ['a connection cut before', { kind: 'reset', when: 'before' }],
    ['a lost reply', { kind: 'reset', when: 'after' }],
    ['a truncated answer', { kind: 'truncated' }],
    ["a proxy's page as success", { kind: 'html', status: 200 }],
    ["a proxy's page as failure", { kind: 'html', status: 502 }],
    ['an internal error', { kind: 'status', status: 500, code: 'InternalError' }],
    ['throttling', { kind: 'status', status: 503, code: 'RequestLimitExceeded' }],
    ['too many requests', { kind: 'status', status: 429, code: 'TooManyRequestsException', retryAfter: 7 }],
  ])(
    'is the same after %s at any request',
    async (_, fault) => {
      const undisturbed = await open();
      await execute(undisturbed);
      const total = undisturbed.server.requests.length;
      expect(total).toBeGreaterThan(10);
      for (let number = 1; number <= total; number += 1) {
        const release = await open();
        release.server.failAt(number, fault);
        const { report } = await execute(release);
        const action = release.server.requests[number - 1];
        expect(report?.error, `${action} (${number})`).toBeNull();
        expect(await readAccount(release), `${action} (${number})`).toEqual(DONE);
      }
    },
    120_000,
  );
});
