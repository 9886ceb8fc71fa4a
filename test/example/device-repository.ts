import { spawn } from 'node:child_process';
import { access, cp, mkdir, mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';

export const EXAMPLE = resolve(import.meta.dirname, '../../examples/device-repository');

export interface ProgramResult {
  readonly found: boolean;
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
  /** Sends the signal, once, as soon as the text stands on stdout. */
  readonly stopWhen?: { readonly seen: string; readonly signal: NodeJS.Signals };
}

/** Runs a program to its end; `found` is false when this machine does not have it. */
export function runProgram(
  program: string,
  words: readonly string[],
  options: RunOptions = {},
): Promise<ProgramResult> {
  return new Promise((resolveResult, reject) => {
    const child = spawn(program, words, {
      cwd: options.cwd,
      env: { ...process.env, PATH: [process.env.PATH, '/usr/sbin', '/sbin'].join(delimiter), ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(options.timeoutMs === undefined
        ? {}
        : { timeout: options.timeoutMs, killSignal: 'SIGKILL' as const }),
    });
    let [stdout, stderr] = ['', ''];
    let stop = options.stopWhen;
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk.toString('latin1');
      if (stop === undefined || !stdout.includes(stop.seen)) return;
      child.kill(stop.signal);
      stop = undefined;
    });
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk.toString('latin1');
    });
    child.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') resolveResult({ found: false, status: null, stdout, stderr });
      else reject(error);
    });
    child.on('close', (status) => resolveResult({ found: true, status, stdout, stderr }));
  });
}

export async function lacksProgram(program: string): Promise<boolean> {
  return !(await runProgram(program, ['--help'])).found;
}

export interface RepositoryCopy {
  readonly path: string;
  readonly images: (machine: string) => string;
  readonly deploy: string;
  /** Runs its barys with the Node that runs the tests. */
  readonly barys: (words: readonly string[], options?: RunOptions) => Promise<ProgramResult>;
  readonly text: (name: string) => Promise<string>;
  readonly remove: () => Promise<void>;
}

/**
 * A copy of the example in a temporary folder. `with-compiler` makes the CoffeeScript compiler visible to it.
 */
export async function copyRepository(
  compiler: 'with-compiler' | 'without-compiler',
): Promise<RepositoryCopy> {
  const folder = await mkdtemp(join(tmpdir(), 'osrel-example-'));
  const path = join(folder, 'repository');
  const ignored = /^(build[^/]*|node_modules|deploy|\.osrel|[^/]*\.json)$/;
  await cp(EXAMPLE, path, {
    recursive: true,
    filter: (source) => dirname(source) !== EXAMPLE || !ignored.test(source.slice(EXAMPLE.length + 1)),
  });
  if (compiler === 'with-compiler') {
    const adapters = createRequire(resolve(EXAMPLE, '../../packages/adapters/package.json'));
    await mkdir(join(path, 'node_modules'));
    const target = dirname(adapters.resolve('coffee-script/package.json'));
    await symlink(target, join(path, 'node_modules/coffee-script'));
  }
  const deploy = join(path, 'build/tmp/deploy');
  return {
    path,
    deploy,
    images: (machine) => join(deploy, 'images', machine),
    barys: (words, options) =>
      runProgram(process.execPath, [join(path, 'balena-yocto-scripts/build/barys'), ...words], {
        cwd: path,
        ...options,
        // NODE_PATH would let the compiler of the workspace be found where a copy has none.
        env: { NODE_PATH: '', SOURCE_DATE_EPOCH: '', OSREL_BOOT_PACKAGES: '/nonexistent', ...options?.env },
      }),
    text: (name) => readFile(join(path, name), 'utf8'),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

/** The folder with the unpacked boot packages: the variable's, else where the fetch script puts them in place. */
export async function findBootPackages(): Promise<string | undefined> {
  const folder = process.env.OSREL_BOOT_PACKAGES ?? join(EXAMPLE, 'build-tools/debian');
  return await access(join(folder, 'usr/lib/systemd/boot/efi/linuxx64.efi.stub')).then(
    () => folder,
    () => undefined,
  );
}
