import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

export interface TestProcess {
  readonly child: ChildProcess;
  readonly lines: AsyncIterable<string>;
}

/** For tests: a real process that runs a module text; `await load('file')` in it imports a file of this folder. */
export function startTestProcess(
  script: string,
  { fileBlocks }: { readonly fileBlocks?: number } = {},
): TestProcess {
  const folder = JSON.stringify(new URL('./', import.meta.url).href);
  const text = `const load = (name) => import(${folder} + name + '.ts');\n${script}`;
  const node = [process.execPath, '--input-type=module', '--eval', text];
  // ulimit -f counts blocks of 512 bytes (dash) or 1024 (bash): the tests only need some limit.
  const limited = ['/bin/sh', '-c', `ulimit -f ${fileBlocks}; exec "$@"`, 'sh', ...node];
  const [file = '', ...rest] = fileBlocks === undefined ? node : limited;
  // Most of such a process's life is compiling; those that end by themselves leave the result for the next.
  const env = { ...process.env, NODE_COMPILE_CACHE: join(tmpdir(), 'osrel-test-compile-cache') };
  const child = spawn(file, rest, { stdio: ['pipe', 'pipe', 'inherit'], env });
  return { child, lines: createInterface({ input: child.stdout }) };
}

/** Runs it to its end and answers its lines; throws when it fails. */
export async function runTestProcess(
  script: string,
  options: { readonly fileBlocks?: number } = {},
): Promise<readonly string[]> {
  const { child, lines } = startTestProcess(script, options);
  const ended = once(child, 'close');
  const seen: string[] = [];
  for await (const line of lines) seen.push(line);
  const [code] = await ended;
  if (code !== 0) throw new Error(`test process ended with ${code}: ${seen.join('\n')}`);
  return seen;
}
