import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { DeviceType } from '@osrel/core';
import type { Workspace } from '../host.ts';
import { askProgram, findProgram } from './find-program.ts';
import { type Finding, missing, ok, weak } from './finding.ts';
import { nameSome } from './name-some.ts';

const QEMU_PROGRAMS: Readonly<Record<string, string>> = {
  amd64: 'qemu-system-x86_64',
  'intel-nuc': 'qemu-system-x86_64',
  i386: 'qemu-system-x86_64',
  aarch64: 'qemu-system-aarch64',
};

type Variables = Readonly<Record<string, string | undefined>>;

/** Whether the labs of a configured test matrix can be driven from here; nothing where the matrix is the built-in one. */
export async function checkLabs(
  workspace: Workspace,
  devices: readonly Pick<DeviceType, 'slug' | 'arch'>[],
  variables: Variables,
): Promise<readonly Finding[]> {
  const { tests } = workspace.config;
  if (!tests.matrixIsConfigured) return [];
  const labs = new Set(tests.matrix.map((entry) => entry.lab));
  return Promise.all([
    ...(labs.has('qemu') ? [checkQemu(devices, variables)] : []),
    ...(labs.has('leviathan') ? [checkSuites(workspace), checkCores(workspace)] : []),
  ]);
}

async function checkQemu(
  devices: readonly Pick<DeviceType, 'slug' | 'arch'>[],
  { PATH = '' }: Variables,
): Promise<Finding> {
  const programs = [...new Set(devices.flatMap(({ arch }) => QEMU_PROGRAMS[arch] ?? []))];
  const found = await Promise.all(programs.map((program) => findProgram(program, PATH)));
  const absent = programs.filter((_, index) => found[index] === undefined);
  if (absent.length === 0) return ok('lab qemu', programs.join(', '));
  return missing(
    'lab qemu',
    `not on PATH: ${absent.join(', ')}`,
    'sudo apt-get install qemu-system-x86 qemu-system-arm ovmf qemu-efi-aarch64',
  );
}

async function checkSuites({ root, config }: Workspace): Promise<Finding> {
  const { matrix, leviathan } = config.tests;
  const names = [...new Set(matrix.filter(({ lab }) => lab === 'leviathan').map(({ suite }) => suite))];
  const folder = resolve(root, leviathan.suites);
  const found = await Promise.all(names.map((name) => isFile(resolve(folder, name, 'suite.js'))));
  const absent = names.filter((_, index) => found[index] !== true);
  if (absent.length === 0) return ok('Leviathan suites', nameSome(names));
  return missing(
    'Leviathan suites',
    `no suite.js of ${absent.join(', ')} below ${leviathan.suites}`,
    'git submodule update --init --recursive, or name their folder: tests.leviathan.suites in osrel.yml',
  );
}

async function checkCores({ config }: Workspace): Promise<Finding> {
  const { cores, driver, client } = config.tests.leviathan;
  const name = 'lab leviathan';
  if (cores.length > 0) return checkRunningCores(name, cores);
  if (driver === 'client' && client.length > 0) return ok(name, `client ${client.join(' ')}`);
  const answer = await askProgram('docker', ['compose', 'version', '--short']);
  if (answer.kind === 'answered') return ok(name, `docker compose ${answer.text.trim()}`);
  return missing(
    name,
    answer.kind === 'absent' ? 'docker is not on PATH' : 'docker compose does not answer',
    'install docker with its compose plugin, or name cores that run: tests.leviathan.cores in osrel.yml',
  );
}

async function checkRunningCores(name: string, cores: readonly string[]): Promise<Finding> {
  const states = await Promise.all(
    cores.map(async (core) => ({ core, state: await stateOf(core).catch(() => undefined) })),
  );
  const silent = states.filter(({ state }) => state === undefined).map(({ core }) => core);
  if (silent.length === 0) return ok(name, states.map(({ core, state }) => `${core} ${state}`).join(', '));
  const mend = 'start them, or correct tests.leviathan.cores in osrel.yml';
  const found = `no answer from ${silent.join(', ')}`;
  return silent.length === cores.length ? missing(name, found, mend) : weak(name, found, mend);
}

async function stateOf(core: string): Promise<string> {
  const answer = await fetch(`${core}/state`, { signal: AbortSignal.timeout(5_000) });
  return (await answer.text()).slice(0, 20).trim();
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile();
  } catch {
    return false; // not there and not readable mean the same here
  }
}
