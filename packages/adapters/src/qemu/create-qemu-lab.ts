import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  asOsrelError,
  badConfig,
  digestOfJson,
  type QemuLabConfig,
  type Rig,
  rigFailed,
  type SuiteObserver,
  type SuiteProgress,
  type SuiteRequest,
  type SuiteResult,
  type TestLab,
  type VerdictRule,
  watchSuiteLog,
} from '@osrel/core';
import type { OccupiedSlot, ProgramSlot, RunProgram } from '../program-runner.ts';
import { type Boot, type BootTimings, bootMachine, SERIAL_LOG } from './boot-machine.ts';
import { BOOT_RULES } from './boot-signs.ts';
import { judgeBoot } from './judge-boot.ts';
import {
  type BootParts,
  type DigestGiven,
  findBootParts,
  type PartsPlaces,
  type PreparedBoot,
  prepareBoot,
} from './prepare-boot.ts';
import type { BootFinding, BootStages } from './watch-boot.ts';

export interface QemuLabOptions {
  readonly config: QemuLabConfig;
  /** Rules of osrel.yml; they are asked about the lines of the console. */
  readonly verdicts: readonly VerdictRule[];
  readonly run: RunProgram;
  readonly digestGiven: DigestGiven;
  /** The place of one boot, by a name fit for a file: it never runs there twice at once. */
  readonly slotOf: (name: string) => ProgramSlot;
  /** Absolute path of the repository's root, where QEMU starts. */
  readonly root: string;
  /** The environment of QEMU, with PATH. */
  readonly environment: Readonly<Record<string, string>>;
  /** Absolute path of a folder for what a machine writes; short, because sockets lie in it. */
  readonly temporaryDirectory: string;
  /** Absolute path of a folder that keeps whether KVM works; undefined: tried for each boot. */
  readonly cacheFolder: string | undefined;
  /** As Node names it: `x64`, `arm64`. */
  readonly hostArchitecture: string;
  readonly kvmDevice?: string;
  readonly timings?: Partial<LabTimings>;
}

interface LabTimings extends BootTimings {
  /** How long the tiny guest that tries KVM may take. */
  readonly guestMs: number;
}

const LABS = ['qemu'];

/** Where nothing is printed for half of the time that a boot may take, the machine hangs. */
const SILENT_PART = 0.5;

const TIMINGS = {
  promptMs: 1000,
  settleMs: 1500,
  quitMs: 3000,
  screenMs: 10_000,
  killAfterMs: 2000,
  guestMs: 5000,
} as const satisfies Partial<LabTimings>;

/**
 * The built-in boot test: starts the disk image of the request in QEMU and waits for the marker on its serial console.
 * Three tests; each ending has a rule of its own (`boot-signs.ts`). The image is never written. Keeps `serial.log`, and
 * `screen.png` when the marker was not shown. What a killed osrel left is stopped when the same boot is asked for again.
 * Throws rig `lab.unavailable` for another lab, config `lab.bad-marker`, rig `lab.long-path` and integrity `lab.image-missing`.
 */
export function createQemuLab(options: QemuLabOptions): TestLab {
  return {
    labs: LABS,
    runSuite: async (request, observer) => {
      const marker = checkRequest(request, options);
      const places = placesOf(options);
      const found = await findBootParts(request, places);
      if (found.kind === 'obstacle') {
        return withoutRig(found.finding);
      }
      const name = digestOfJson([options.root, request.slug, request.id]).slice(0, 16);
      const tell = createTeller(observer);
      tell('waiting');
      const place = await options.slotOf(name).occupy({ signal: observer.signal, onWait: observer.onLine });
      try {
        const { parts } = found;
        return await inBootFolder(options, name, (folder) =>
          bootImage(request, { options, observer, places, parts, place, folder, marker, tell }),
        );
      } finally {
        await place.leave();
      }
    },
  };
}

function checkRequest({ lab, marker, suite }: SuiteRequest, { config }: QemuLabOptions): RegExp {
  if (!LABS.includes(lab)) {
    throw rigFailed('lab.unavailable', `the boot test cannot drive the test lab "${lab}"`, {
      hint: 'name lab: qemu under tests.matrix in osrel.yml',
    });
  }
  const source = marker ?? config.marker;
  try {
    return new RegExp(source, 'u');
  } catch (error) {
    throw badConfig('lab.bad-marker', `the marker of suite "${suite}" is no regular expression: ${source}`, {
      hint: 'correct marker under tests.matrix or tests.qemu in osrel.yml',
      cause: error,
    });
  }
}

function placesOf({ config, root, hostArchitecture, kvmDevice, environment }: QemuLabOptions): PartsPlaces {
  return { config, root, hostArchitecture, kvmDevice: kvmDevice ?? '/dev/kvm', path: environment.PATH ?? '' };
}

/** A folder of this boot. Those of the same boot that a killed osrel left go first: nobody else can be at work there. */
async function inBootFolder<T>(
  { temporaryDirectory }: QemuLabOptions,
  name: string,
  work: (folder: string) => Promise<T>,
): Promise<T> {
  const prefix = `osrel-qemu-${name}-`;
  const left = (await readdir(temporaryDirectory)).filter((each) => each.startsWith(prefix));
  for (const each of left) {
    await rm(join(temporaryDirectory, each), { recursive: true, force: true }).catch((error: unknown) => {
      // Another user's: the temporary folder may be everybody's.
      if (asOsrelError(error)?.code !== 'disk.refused' && !isNotPermitted(error)) throw error;
    });
  }
  const folder = await mkdtemp(join(temporaryDirectory, prefix));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function isNotPermitted(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EPERM';
}

type Tell = (activity: SuiteProgress['activity'], running?: string, passed?: number) => void;

function createTeller({ onProgress }: SuiteObserver): Tell {
  let last = '';
  return (activity, running, passed = 0) => {
    if (last === `${activity} ${running}`) return;
    last = `${activity} ${running}`;
    onProgress({
      activity,
      rig: null,
      running: running ?? null,
      passed,
      failed: 0,
      skipped: 0,
      percent: null,
    });
  };
}

interface BootWork {
  readonly options: QemuLabOptions;
  readonly observer: SuiteObserver;
  readonly places: PartsPlaces;
  readonly parts: BootParts;
  readonly place: OccupiedSlot;
  readonly folder: string;
  readonly marker: RegExp;
  readonly tell: Tell;
}

async function bootImage(request: SuiteRequest, work: BootWork): Promise<SuiteResult> {
  const { observer, folder } = work;
  try {
    return await prepareAndBoot(request, work);
  } catch (error) {
    // QEMU does not start, or the disk is full: nothing of that is said about the image.
    const failure = asOsrelError(error);
    if (failure?.kind !== 'tool') throw error;
    return withoutRig({ rule: 'qemu-failed', seen: failure.message });
  } finally {
    await observer.keep(SERIAL_LOG, join(folder, SERIAL_LOG), 'text');
  }
}

async function prepareAndBoot(request: SuiteRequest, work: BootWork): Promise<SuiteResult> {
  const { options, observer, places, parts, place, folder, tell } = work;
  const { run, digestGiven, cacheFolder } = options;
  const timings = { ...TIMINGS, ...options.timings };
  const environment = { ...options.environment, ...place.environment, TMPDIR: folder };
  const shared = { run, environment, folder, signal: observer.signal, onStart: place.started };
  tell('preparing');
  const { guestMs } = timings;
  const prepared = await prepareBoot({ ...shared, parts, places, digestGiven, cacheFolder, guestMs });
  observer.onLine(describeStart(parts, prepared));
  tell('starting');
  const watch = watchSuiteLog(options.verdicts, request.suite);
  const bootMs = Math.min(options.config.bootMinutes * 60_000, request.timeoutMs);
  const boot = await bootMachine({
    ...shared,
    program: parts.machine.program,
    arguments: prepared.arguments,
    workingDirectory: options.root,
    marker: work.marker,
    bootMs,
    timings: { silenceMs: bootMs * SILENT_PART, ...timings },
    onLine: (line) => {
      observer.onLine(line);
      watch.onLine(line);
    },
    onStages: (stages) => tellStages(tell, stages),
  });
  tell('collecting');
  if (boot.screen !== undefined) await observer.keep('screen.png', boot.screen, 'binary');
  return resultOf(boot, watch, { parts, prepared });
}

function tellStages(tell: Tell, { firmwareStarted, kernelStarted }: BootStages): void {
  if (kernelStarted) tell('testing', 'console shows the marker', 2);
  else if (firmwareStarted) tell('testing', 'kernel starts', 1);
  else tell('testing', 'firmware starts the image');
}

function withoutRig(finding: BootFinding): SuiteResult {
  const { verdict, rule, because, tests } = judgeBoot(finding);
  return { verdict, rule, because, tests, isWhole: false, given: [], rig: null, suiteRevision: null };
}

function describeStart({ machine, image, firmware }: BootParts, { acceleration }: PreparedBoot): string {
  const how = acceleration.accelerator === 'kvm' ? 'KVM' : 'software emulation';
  return `boot test: ${image.name} in ${machine.program}, ${firmware?.code ?? 'BIOS'}, ${how}: ${acceleration.because}`;
}

function resultOf(
  boot: Boot,
  watch: ReturnType<typeof watchSuiteLog>,
  { parts, prepared }: { readonly parts: BootParts; readonly prepared: PreparedBoot },
): SuiteResult {
  // The built-in rules know Leviathan's logs; on a console they would take one thing for another.
  const hits = watch.hits({ tests: [] }).filter((hit) => hit.scope === 'configured');
  const how = prepared.acceleration.accelerator === 'kvm' ? 'KVM' : 'software emulation';
  const rig: Rig = {
    id: parts.machine.program,
    kind: 'qemu',
    name: `QEMU ${boot.version ?? 'of unknown version'}, ${how}`,
  };
  const { verdict, rule, because, tests } = judgeBoot(boot.finding, boot.stages, hits);
  const isWhole = BOOT_RULES[boot.finding.rule].verdict !== 'infrastructure';
  return { verdict, rule, because, tests, isWhole, given: [prepared.given], rig, suiteRevision: null };
}
