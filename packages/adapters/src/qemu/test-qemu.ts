import { chmod, mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { findText } from '../if-present.ts';

/** What the stand-in does after somebody took up its control connection. */
export type StandInStep =
  | { readonly print: string }
  | { readonly event: string; readonly data?: Readonly<Record<string, unknown>> }
  | { readonly exit: number; readonly stderr?: string };

export interface StandInScript {
  /** Printed as soon as there is a console: no clock of a silence runs before it. */
  readonly early: string;
  readonly steps: readonly StandInStep[];
  /** What `query-status` answers. */
  readonly status: string;
  readonly screen: 'png' | 'ppm' | 'none';
  /** How the tiny guest fares. */
  readonly kvm: 'works' | 'hangs' | 'refuses';
  readonly ignoresQuit: boolean;
  readonly ignoresSigterm: boolean;
}

export interface StandInCall {
  readonly pid: number;
  readonly words: readonly string[];
  readonly TMPDIR: string;
}

/** A folder with programs that play QEMU, a firmware and an image. */
export interface TestQemu {
  readonly folder: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly firmware: string;
  readonly image: string;
  /** An empty folder for temporary files. */
  readonly temporary: string;
  readonly play: (script: Partial<StandInScript>) => Promise<void>;
  readonly calls: () => Promise<readonly StandInCall[]>;
  readonly remove: () => Promise<void>;
}

const PROGRAMS = ['qemu-system-x86_64', 'qemu-system-aarch64'];

export async function makeTestQemu(): Promise<TestQemu> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'osrel-test-qemu-')));
  const [bin, script, temporary] = [join(folder, 'bin'), join(folder, 'script.json'), join(folder, 'tmp')];
  const [firmware, image] = [join(folder, 'OVMF_CODE.fd'), join(folder, 'balena.img')];
  for (const path of [bin, temporary]) await mkdir(path);
  const player = join(import.meta.dirname, 'test-stand-in-qemu.ts');
  for (const name of PROGRAMS) {
    await writeFile(join(bin, name), `#!/bin/sh\nexec node '${player}' "$@"\n`);
    await chmod(join(bin, name), 0o755);
  }
  await writeFile(firmware, 'code');
  await writeFile(join(folder, 'OVMF_VARS.fd'), 'variables');
  await writeFile(image, 'image');
  return {
    folder,
    firmware,
    image,
    temporary,
    environment: {
      PATH: [bin, dirname(process.execPath), '/usr/bin', '/bin'].join(delimiter),
      STAND_IN_SCRIPT: script,
    },
    play: async (changes) => {
      const calm = { early: '', steps: [], status: 'running', screen: 'png', kvm: 'works' } as const;
      await writeFile(
        script,
        JSON.stringify({ ...calm, ignoresQuit: false, ignoresSigterm: false, ...changes }),
      );
    },
    calls: async () => {
      const text = (await findText(`${script}.calls`)) ?? '';
      return text
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as StandInCall);
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
