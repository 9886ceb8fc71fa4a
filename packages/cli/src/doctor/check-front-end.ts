import { dirname, join } from 'node:path';
import type { BuildConfig } from '@osrel/core';
import { pathExists } from '../path-exists.ts';
import { listSubmodules } from './check-submodules.ts';
import { askProgram, canRun, findProgram } from './find-program.ts';
import { type Finding, missing, ok } from './finding.ts';

const NAME = 'front end';
const FETCH = 'git submodule update --init --recursive';
/** Environments of the OE layers, the newer place last (balena-automation 1.7). */
const ENVIRONMENTS = ['layers/poky/oe-init-build-env', 'layers/openembedded-core/oe-init-build-env'] as const;

export interface Place {
  /** Absolute path of the repository root. */
  readonly root: string;
  /** As in PATH. */
  readonly searchPath: string;
}

/** Whether what starts the build is there. */
export async function checkFrontEnd(build: BuildConfig, place: Place): Promise<Finding> {
  switch (build.frontend) {
    case 'barys':
      return checkBarys(place);
    case 'bitbake':
      return checkBitbake(place);
    case 'kas':
      return checkKas(build.kasFile, place);
    case 'command':
      return checkCommand(build.command?.words[0] ?? '', place);
  }
}

/** Whether bitbake's own layers belong to this repository: only then a build needs what bitbake needs. */
export async function hasBitbakeLayers({ root }: Place): Promise<boolean> {
  const submodules = await listSubmodules(root);
  for (const path of ENVIRONMENTS) {
    if (submodules.includes(dirname(path)) || (await pathExists(join(root, path)))) return true;
  }
  return false;
}

async function checkBarys({ root }: Place): Promise<Finding> {
  const path = 'balena-yocto-scripts/build/barys';
  return (await canRun(join(root, path))) ? ok(NAME, path) : missing(NAME, `${path} is not there`, FETCH);
}

async function checkBitbake({ root }: Place): Promise<Finding> {
  for (const path of ENVIRONMENTS)
    if (await pathExists(join(root, path))) return ok(NAME, `bitbake by ${path}`);
  return missing(NAME, `${ENVIRONMENTS[0]} is not there`, FETCH);
}

async function checkKas(file: string | null, { root }: Place): Promise<Finding> {
  if (file !== null && !(await pathExists(join(root, file)))) {
    return missing(NAME, `the kas file ${file} is not there`, 'correct build.kas.file in osrel.yml');
  }
  const answer = await askProgram('kas', ['--version']);
  if (answer.kind === 'answered') return ok(NAME, answer.text.trim().split('\n')[0] ?? 'kas');
  return missing(NAME, 'kas is not on PATH', 'pipx install kas');
}

async function checkCommand(program: string, { root, searchPath }: Place): Promise<Finding> {
  const file = program.includes('/') ? join(root, program) : await findProgram(program, searchPath);
  const isThere = file !== undefined && (await canRun(program.startsWith('/') ? program : file));
  return isThere
    ? ok(NAME, program)
    : missing(NAME, `${program} is not there or not executable`, 'correct build.command.run in osrel.yml');
}
