import { copyFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import {
  type GivenFile,
  integrityBroken,
  type QemuLabConfig,
  type ReleaseFile,
  type SuiteRequest,
} from '@osrel/core';
import { isMissing } from '../if-present.ts';
import type { RunProgram } from '../program-runner.ts';
import type { BootRule } from './boot-signs.ts';
import { type Acceleration, chooseAcceleration, findKvmObstacle } from './choose-acceleration.ts';
import { type Firmware, findFirmware } from './find-firmware.ts';
import { findProgram } from './find-program.ts';
import { ARCHITECTURES, findMachine, type QemuMachine } from './qemu-machines.ts';
import { renderQemuArguments } from './render-qemu-arguments.ts';
import type { BootFinding } from './watch-boot.ts';

/** A file of the release with digest and size of the bytes that lie there now. Throws what reading it throws. */
export type DigestGiven = (file: ReleaseFile, signal: AbortSignal) => Promise<GivenFile>;

/** Something that can be booted, and the programs for it. */
export interface BootParts {
  readonly image: ReleaseFile;
  readonly machine: QemuMachine;
  /** Null: the machine's own BIOS. */
  readonly firmware: Firmware | null;
}

export type PartsOrObstacle =
  | { readonly kind: 'found'; readonly parts: BootParts }
  | { readonly kind: 'obstacle'; readonly finding: BootFinding };

/** Where the parts are looked for. */
export interface PartsPlaces {
  readonly config: QemuLabConfig;
  /** PATH of the environment. */
  readonly path: string;
  /** Absolute path that a configured firmware is relative to. */
  readonly root: string;
  readonly hostArchitecture: string;
  readonly kvmDevice: string;
}

/** What the boot needs, or why it cannot be had; nothing is started for it. */
export async function findBootParts(request: SuiteRequest, places: PartsPlaces): Promise<PartsOrObstacle> {
  const { image, architecture } = request;
  const machine = findMachine(architecture);
  if (machine === undefined) {
    return unsupported(
      `there is no machine for architecture "${architecture}"; there is: ${ARCHITECTURES.join(', ')}`,
    );
  }
  if (request.secureBoot) return unsupported('secure boot needs the keys of a rig; use lab leviathan');
  if (image === null) return unsupported(`device type "${request.slug}" has no disk image`);
  const program = await findProgram(machine.program, places.path);
  if (program === undefined) {
    return obstacle('qemu-missing', `${machine.program} is not in PATH; install ${machine.programPackages}`);
  }
  const kvm =
    places.config.acceleration === 'kvm' ? await findKvmObstacle({ ...places, machine }) : undefined;
  if (kvm !== undefined) return obstacle('kvm-unusable', `${kvm}; "auto" would use software`);
  if (machine.firmware === null) return { kind: 'found', parts: { image, machine, firmware: null } };
  const { firmware: path } = places.config;
  const configured = path === null ? null : resolve(places.root, path);
  const firmware = await findFirmware({ kind: machine.firmware, configured, program });
  if (firmware !== undefined) return { kind: 'found', parts: { image, machine, firmware } };
  return obstacle(
    'firmware-missing',
    configured === null
      ? `install ${machine.firmware.packages}, or name it: tests.qemu.firmware in osrel.yml`
      : `tests.qemu.firmware in osrel.yml names ${configured}, which cannot be read`,
  );
}

function unsupported(seen: string): PartsOrObstacle {
  return obstacle('qemu-unsupported', seen);
}

function obstacle(rule: BootRule, seen: string): PartsOrObstacle {
  return { kind: 'obstacle', finding: { rule, seen } };
}

export interface PreparationRequest {
  readonly parts: BootParts;
  readonly places: PartsPlaces;
  readonly digestGiven: DigestGiven;
  readonly run: RunProgram;
  readonly environment: Readonly<Record<string, string>>;
  /** Absolute path of a folder of this boot alone. */
  readonly folder: string;
  readonly cacheFolder: string | undefined;
  readonly guestMs: number;
  readonly signal: AbortSignal;
  readonly onStart: (pid: number) => Promise<void>;
}

export interface PreparedBoot {
  readonly given: GivenFile;
  readonly acceleration: Acceleration;
  readonly arguments: readonly string[];
}

/** Digests the image, chooses the acceleration and copies the firmware's variables: each boot begins with fresh ones. */
export async function prepareBoot(request: PreparationRequest): Promise<PreparedBoot> {
  const { folder, places } = request;
  const { image, machine, firmware } = request.parts;
  const { config } = places;
  // One after the other: a guest that is tried while the image is read may look as if it hung.
  const acceleration = await accelerationFor(request);
  const given = await digestImage(request);
  const variables = firmware === null || firmware.variables === null ? null : join(folder, 'variables');
  if (variables !== null && firmware?.variables) await copyFile(firmware.variables, variables);
  const words = renderQemuArguments({
    machine,
    accelerator: acceleration.accelerator,
    memory: config.memory,
    cpus: config.cpus,
    image: image.path,
    firmwareCode: firmware?.code ?? null,
    firmwareVariables: variables,
    folder,
  });
  return { given, acceleration, arguments: words };
}

async function digestImage({ parts, digestGiven, signal }: PreparationRequest): Promise<GivenFile> {
  try {
    return await digestGiven(parts.image, signal);
  } catch (error) {
    signal.throwIfAborted();
    if (!isMissing(error)) throw error;
    throw integrityBroken('lab.image-missing', `${parts.image.name} is not at ${parts.image.path} any more`, {
      hint: 'run the build stage again: osrel build',
      cause: error,
    });
  }
}

async function accelerationFor(request: PreparationRequest): Promise<Acceleration> {
  const { places, parts } = request;
  const { acceleration } = places.config;
  if (acceleration === 'kvm') return { accelerator: 'kvm', because: 'configured' };
  if (acceleration === 'software') return { accelerator: 'tcg', because: 'configured' };
  return chooseAcceleration({
    ...request,
    machine: parts.machine,
    hostArchitecture: places.hostArchitecture,
    kvmDevice: places.kvmDevice,
    workingDirectory: places.root,
  });
}
