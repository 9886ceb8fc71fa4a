import { copyFile, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { QemuLabConfig, SuiteRequest, SuiteResult } from '@osrel/core';
import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest';
import { createProgramSlot } from '../../packages/adapters/src/execa/create-program-slot.ts';
import { runProgram } from '../../packages/adapters/src/execa/run-program.ts';
import { createQemuLab } from '../../packages/adapters/src/qemu/create-qemu-lab.ts';
import { digestGiven } from '../../packages/adapters/src/test-lab/digest-given.ts';
import { writeBootImage } from './boot-images.ts';
import { type BootSectorEnd, writeBootSector } from './boot-sectors.ts';
import { copyRepository, findBootPackages } from './device-repository.ts';

const EXAMPLE_MARKER = 'osrel-example: booted balenaOS 6\\.5\\.1';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'osrel-boot-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const signals = {
  ownPid: process.pid,
  send: (pid: number, signal: NodeJS.Signals) => void process.kill(pid, signal),
};

interface Boot {
  readonly result: SuiteResult;
  readonly lines: readonly string[];
  readonly kept: ReadonlyMap<string, Buffer>;
}

/** Boots an image of the folder with the QEMU of this machine. */
async function boot(
  name: string,
  changes: Partial<SuiteRequest> = {},
  config: Partial<QemuLabConfig> = {},
  silenceMs?: number,
): Promise<Boot> {
  const lines: string[] = [];
  const kept = new Map<string, Buffer>();
  const lab = createQemuLab({
    config: {
      marker: ' login: ?$',
      memory: '512M',
      cpus: 1,
      acceleration: 'software',
      firmware: null,
      bootMinutes: 3,
      ...config,
    },
    verdicts: [],
    run: runProgram,
    digestGiven,
    slotOf: (slot) => createProgramSlot({ record: join(folder, `slots/${slot}.json`), folder, signals }),
    root: folder,
    environment: { PATH: process.env.PATH ?? '' },
    temporaryDirectory: tmpdir(),
    cacheFolder: join(folder, 'cache'),
    hostArchitecture: process.arch,
    ...(silenceMs === undefined ? {} : { timings: { silenceMs } }),
  });
  const request: SuiteRequest = {
    id: `boot-${name}`,
    suite: 'boot',
    lab: 'qemu',
    worker: 'qemu',
    command: [],
    results: 'tap',
    deployDirectory: folder,
    image: { name: 'image/balena.img', path: join(folder, name) },
    hostapp: null,
    kernelHeaders: null,
    machine: 'generic-amd64',
    slug: 'generic-amd64',
    architecture: 'amd64',
    version: '6.5.1',
    timeoutMs: 3_600_000,
    environment: null,
    workerFleets: null,
    testOrganization: null,
    secureBoot: false,
    testImage: null,
    marker: null,
    failFast: false,
    attempt: 1,
    avoidRigs: [],
    ...changes,
  };
  const result = await lab.runSuite(request, {
    signal: new AbortController().signal,
    onLine: (line) => lines.push(line),
    onProgress: () => undefined,
    keep: async (file, path) => void kept.set(file, await readFile(path)),
  });
  return { result, lines, kept };
}

/** What a machine without QEMU or firmware answers is a reason to skip, and nothing else is. */
function skipWithoutQemu(test: TestContext, { verdict, rule, because }: SuiteResult): void {
  if (verdict === 'infrastructure' && /^(?:qemu|firmware)-missing$/.test(rule)) test.skip(because);
}

async function packagesOrSkip(test: TestContext): Promise<string> {
  const packages = await findBootPackages();
  return packages ?? test.skip('the boot packages are missing: run fetch-boot-packages.sh');
}

describe('the boot test', () => {
  it('boots the image of the example through UEFI, and leaves it as it was', async (test) => {
    const packages = await packagesOrSkip(test);
    const copy = await copyRepository('with-compiler');
    try {
      const built = await copy.barys(['-m', 'generic-amd64'], { env: { OSREL_BOOT_PACKAGES: packages } });
      expect(built.status).toBe(0);
      const image = join(copy.images('generic-amd64'), 'balena-image-generic-amd64.balenaos-img');
      await copyFile(image, join(folder, 'example.img'));
    } finally {
      await copy.remove();
    }
    const before = await digestGiven(
      { name: 'image/balena.img', path: join(folder, 'example.img') },
      test.signal,
    );
    // Also where /dev/kvm is there and each guest under it hangs.
    const { result, lines } = await boot('example.img', { marker: EXAMPLE_MARKER }, { acceleration: 'auto' });
    skipWithoutQemu(test, result);
    expect(result).toMatchObject({ verdict: 'passed', because: '3 passed', given: [before] });
    expect(lines[0]).toMatch(/^boot test: image\/balena\.img in qemu-system-x86_64, .*(?:KVM|emulation)/);
    const after = await digestGiven(
      { name: 'image/balena.img', path: join(folder, 'example.img') },
      test.signal,
    );
    expect(after).toEqual(before);
    expect((await readdir(folder)).sort()).not.toContain('variables');
  }, 240_000);

  it('tells a panic, with what the console and the screen showed', async (test) => {
    const packages = await packagesOrSkip(test);
    await writeBootImage(join(folder, 'panic.img'), packages, 'exit 3');
    const { result, kept } = await boot('panic.img');
    skipWithoutQemu(test, result);
    expect(result).toMatchObject({
      verdict: 'failed',
      rule: 'kernel-panic',
      because: expect.stringContaining('Attempted to kill init'),
    });
    expect(kept.get('screen.png')?.toString('latin1', 1, 4)).toBe('PNG');
    expect(kept.get('serial.log')?.toString()).toContain('Linux version');
  }, 240_000);

  it.for<readonly [BootSectorEnd, string, RegExp]>([
    ['again', 'marker-missing', /not within 6 s; last line: starting/],
    ['hang', 'hang', /nothing for 4 s after: starting/],
    ['reset', 'boot-loop', /3 times, last line: starting/],
    ['off', 'powered-off', /last line: starting/],
  ])('tells a machine without a marker by its end: %s', async ([end, rule, because], test) => {
    await writeBootSector(join(folder, `${end}.img`), '\r\nstarting\r\n', end);
    const { result } = await boot(`${end}.img`, { architecture: 'i386', timeoutMs: 6000 }, {}, 4000);
    skipWithoutQemu(test, result);
    expect(result).toMatchObject({ verdict: 'failed', rule, because: expect.stringMatching(because) });
  });

  it('passes a machine without UEFI and without a kernel that shows the marker and switches itself off', async (test) => {
    await writeBootSector(join(folder, 'bios.img'), '\r\nqemu login: ', 'off');
    const { result } = await boot('bios.img', { architecture: 'i386' });
    skipWithoutQemu(test, result);
    expect(result).toMatchObject({ verdict: 'passed', because: '2 passed, 1 skipped' });
  });
});
