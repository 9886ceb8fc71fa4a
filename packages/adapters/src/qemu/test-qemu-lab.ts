import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SuiteProgress, SuiteRequest } from '@osrel/core';
import { createProgramSlot } from '../execa/create-program-slot.ts';
import { runProgram } from '../execa/run-program.ts';
import { createQemuLab, type QemuLabOptions } from './create-qemu-lab.ts';
import type { TestQemu } from './test-qemu.ts';

const signals = {
  ownPid: process.pid,
  send: (pid: number, signal: NodeJS.Signals) => void process.kill(pid, signal),
};

/** A lab with the stand-in for QEMU, and short times. */
export function labOptions(qemu: TestQemu, changes: Partial<QemuLabOptions> = {}): QemuLabOptions {
  return {
    config: {
      marker: ' login: ?$',
      memory: '1G',
      cpus: 2,
      acceleration: 'software',
      firmware: qemu.firmware,
      bootMinutes: 1,
    },
    verdicts: [],
    run: runProgram,
    digestGiven: async ({ name, path }) => {
      const bytes = await readFile(path);
      return { name, sizeBytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
    },
    slotOf: (name) =>
      createProgramSlot({ record: join(qemu.folder, `slots/${name}.json`), folder: qemu.folder, signals }),
    root: qemu.folder,
    environment: qemu.environment,
    temporaryDirectory: qemu.temporary,
    cacheFolder: join(qemu.folder, 'cache'),
    hostArchitecture: 'x64',
    kvmDevice: '/dev/null',
    timings: TIMINGS,
    ...changes,
  };
}

const TIMINGS = { promptMs: 100, settleMs: 200, quitMs: 5000, killAfterMs: 300, guestMs: 10_000 };

export function withTimings(timings: NonNullable<QemuLabOptions['timings']>): Partial<QemuLabOptions> {
  return { timings: { ...TIMINGS, ...timings } };
}

/** What a suite told while it ran. */
export interface Told {
  readonly lines: string[];
  readonly progress: SuiteProgress[];
  readonly kept: Map<string, string>;
}

export interface Wish {
  readonly changes?: Partial<SuiteRequest>;
  readonly options?: Partial<QemuLabOptions>;
  readonly signal?: AbortSignal;
}

/** Starts a boot test of the image of the stand-in's folder. */
export function startSuite(qemu: TestQemu, { changes = {}, options = {}, signal }: Wish) {
  const told: Told = { lines: [], progress: [], kept: new Map() };
  const request: SuiteRequest = {
    id: 'boot',
    suite: 'boot',
    lab: 'qemu',
    worker: 'qemu',
    command: [],
    results: 'tap',
    deployDirectory: qemu.folder,
    image: { name: 'image/balena.img', path: qemu.image },
    hostapp: null,
    kernelHeaders: null,
    machine: 'generic-amd64',
    slug: 'generic-amd64',
    architecture: 'amd64',
    version: '6.5.1',
    timeoutMs: 60_000,
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
  const result = createQemuLab(labOptions(qemu, options)).runSuite(request, {
    signal: signal ?? new AbortController().signal,
    onLine: (line) => told.lines.push(line),
    onProgress: (progress) => told.progress.push(progress),
    keep: async (name, path) => {
      const text = await readFile(path, 'latin1').catch(() => undefined);
      if (text !== undefined) told.kept.set(name, text);
    },
  });
  return { result, told };
}

/** What the console of a machine begins with. */
export const FIRMWARE = '\u001b[2J\u001b[01;01HBdsDxe: starting Boot0001 "UEFI Misc Device"\r\n';
export const KERNEL = `${FIRMWARE}[    0.000000] Linux version 6.1.0 (gcc) #1 SMP\r\n`;
