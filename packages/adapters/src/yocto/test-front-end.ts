import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import {
  type BuildObserver,
  type BuildProgress,
  type BuildSettings,
  type OsBuilder,
  type OsBuildRequest,
  PLAIN_BUILD,
} from '@osrel/core';
import { createProgramSlot } from '../execa/create-program-slot.ts';
import { runProgram } from '../execa/run-program.ts';
import { createSystemClock } from '../file-system/create-system-clock.ts';
import { createBarysFrontEnd } from './barys/barys-front-end.ts';
import { createBitbakeStopping } from './create-bitbake-stopping.ts';
import { createOsBuilder, type OsBuilderOptions } from './create-os-builder.ts';
import type { FrontEnd } from './front-end.ts';

/** Begins every test front end: notes its call, and writes files below build/tmp/deploy. */
const PRELUDE = `#!${process.execPath}
const fs = require('node:fs');
const path = require('node:path');
fs.appendFileSync('calls', JSON.stringify(process.argv.slice(2)) + '\\n');
const deploy = (name) => {
  const file = path.join('build/tmp/deploy', name);
  fs.mkdirSync(path.dirname(file), { recursive: true });
  return file;
};
const put = (name, content) => fs.writeFileSync(deploy(name), content);
const link = (name, target) => { fs.rmSync(deploy(name), { force: true }); fs.symlinkSync(target, deploy(name)); };
const tar = (name) => {
  const header = Buffer.alloc(512);
  header.write(name); header.write('00000000000', 124); header.write('        ', 148);
  let sum = 0;
  for (const byte of header) sum += byte;
  header.write(sum.toString(8).padStart(6, '0') + '\\0 ', 148);
  return Buffer.concat([header, Buffer.alloc(1024)]);
};
`;

/** A front end that makes everything \`exampleRequest\` asks for. */
export const GOOD_BUILD = `
console.log('building');
put('images/qemux86/balena-image-qemux86.docker', tar('manifest.json'));
put('images/qemux86/image-20260101.img', 'disk');
link('images/qemux86/balena.img', 'image-20260101.img');
put('images/qemux86/VERSION_HOSTOS', '6.5.1\\n');
put('images/qemux86/balena-image.manifest', 'm');
put('licenses/zlib/generic_MIT', 'l');
`;

export interface TestFrontEnd {
  readonly root: string;
  readonly builder: OsBuilder;
  /** Replaces the front end. */
  readonly program: (source: string) => Promise<void>;
  readonly write: (path: string, text: string) => Promise<void>;
  readonly remove: () => Promise<void>;
}

/** A repository in a temporary folder, with a small program in the place of barys; for tests. */
export async function makeTestFrontEnd(
  changesOf: (frontEnd: FrontEnd) => Partial<OsBuilderOptions> = () => ({}),
): Promise<TestFrontEnd> {
  const root = await realpath(await mkdtemp(join(tmpdir(), 'osrel-barys-')));
  const write = async (path: string, text: string): Promise<void> => {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text, { mode: 0o755 });
  };
  const signals = {
    ownPid: process.pid,
    send: (pid: number, signal: NodeJS.Signals) => void process.kill(pid, signal),
  };
  const slot = createProgramSlot({
    record: join(root, '.osrel/cache/builds/running.json'),
    folder: root,
    signals,
  });
  const stopping = createBitbakeStopping({ signals, killAfterMs: 300 });
  const frontEnd = createBarysFrontEnd({
    root,
    environment: { LANG: 'C' },
    secrets: { TEST_SECRET: 'sesame-42' },
    findOverrideSyntax: async () => 'colon',
    askToEnd: stopping.askToEnd,
  });
  const builder = createOsBuilder({
    root,
    runProgram,
    slot,
    stopping,
    frontEndOf: () => frontEnd,
    cache: { restore: async () => undefined, save: async () => undefined },
    clock: createSystemClock(),
    killAfterMs: 300,
    ...changesOf(frontEnd),
  });
  return {
    root,
    builder,
    program: (source) => write('balena-yocto-scripts/build/barys', PRELUDE + source),
    write,
    remove: () => rm(root, { recursive: true, force: true }),
  };
}

/** As the planner settles them for a build without wishes. */
export const EXAMPLE_SETTINGS: BuildSettings = {
  ...PLAIN_BUILD,
  variables: [
    { name: 'BB_GENERATE_MIRROR_TARBALLS', value: '1' },
    { name: 'DEVICE_TYPE', value: 'qemu-x86' },
  ],
};

export function exampleRequest(changes: Partial<OsBuildRequest> = {}): OsBuildRequest {
  return {
    machine: 'qemux86',
    slug: 'qemu',
    deviceTypeBaseName: 'qemu-x86',
    service: 'hostapp',
    image: 'balena-image',
    settings: EXAMPLE_SETTINGS,
    expectedLabels: {},
    expectedFolders: [],
    imageOutput: 'balena-image-qemux86.docker',
    expectedFiles: ['balena.img', 'VERSION_HOSTOS'],
    assets: [{ pattern: 'images/qemux86/*.manifest', required: true }],
    sourceSha: 'a'.repeat(40),
    ...changes,
  };
}

export interface TestObserver extends BuildObserver {
  readonly lines: readonly string[];
  /** Names of the logs that were kept. */
  readonly kept: readonly string[];
  readonly progress: readonly BuildProgress[];
}

export function observe(signal: AbortSignal = new AbortController().signal): TestObserver {
  const lines: string[] = [];
  const kept: string[] = [];
  const progress: BuildProgress[] = [];
  return {
    signal,
    endNow: new AbortController().signal,
    lines,
    kept,
    progress,
    onLine: (line) => void lines.push(line),
    onProgress: (each) => void progress.push(each),
    keepLog: async (name) => void kept.push(name),
  };
}
