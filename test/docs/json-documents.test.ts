import { execFile } from 'node:child_process';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { COMMANDS } from '../../packages/cli/src/commands/registry.ts';
import { JSON_DOCUMENTS } from '../../scripts/docs/json-documents.ts';
import { ROOT } from './checkout-files.ts';

const run = promisify(execFile);
const OSREL = join(ROOT, 'packages/cli/bin/osrel');
const IDENTITY = ['-c', 'user.name=osrel', '-c', 'user.email=osrel@example.com'];

let folder = '';
let home = '';
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'osrel-home-'));
  folder = await mkdtemp(join(tmpdir(), 'osrel-json-'));
  await cp(join(ROOT, 'examples/device-repository'), folder, { recursive: true });
  await run('git', ['init', '--quiet'], { cwd: folder });
  await run('git', ['add', '--all'], { cwd: folder });
  await run('git', [...IDENTITY, 'commit', '--quiet', '--message', 'Begin'], { cwd: folder });
});
afterAll(async () => {
  for (const each of [folder, home]) await rm(each, { recursive: true, force: true });
});

/** The answer on stdout, also of a command that fails. */
async function answerOf(words: readonly string[]): Promise<unknown> {
  const env = { PATH: process.env.PATH ?? '', HOME: home };
  const { stdout } = await run(OSREL, [...words], { cwd: folder, env }).catch(
    (error: { readonly stdout?: string }) => ({ stdout: error.stdout ?? '' }),
  );
  return JSON.parse(stdout);
}

/** Whether the value has something at `runs[].target`; an empty list has everything. */
function has(value: unknown, path: string): boolean {
  const [head = '', ...rest] = path.split('.');
  const name = head.replace('[]', '');
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return false;
  const found: unknown = Reflect.get(value, name);
  if (rest.length === 0) return true;
  return Array.isArray(found) ? found.every((each) => has(each, rest.join('.'))) : has(found, rest.join('.'));
}

function pathsOf(command: string): readonly string[] {
  const found = JSON_DOCUMENTS.find((document) => document.commands.includes(command));
  return (found?.keys ?? []).map(([path]) => path);
}

describe('the page about JSON', () => {
  it('has every command that answers', () => {
    const silent = ['completion', 'device json', 'config schema'];
    const commands = COMMANDS.flatMap((command) => [
      ...(command.load === undefined ? [] : [command.name]),
      ...(command.subcommands ?? []).map((child) => `${command.name} ${child.name}`),
    ]).filter((name) => !silent.includes(name) && name !== 'config');
    const documented = JSON_DOCUMENTS.flatMap((document) => document.commands);
    expect(commands.filter((name) => !documented.includes(name))).toEqual([]);
  });

  it.each([
    ['config check', []],
    ['config print', []],
    ['device list', []],
    ['device show', ['generic-amd64']],
    ['doctor', []],
    ['esr plan', ['--machine', 'generic-amd64', '--for-version', '2026.7.0']],
    ['esr status', ['--machine', 'generic-amd64']],
    ['init', ['--dry-run', '--no-github', '--force']],
    ['matrix', ['build']],
    ['permissions', ['--machine', 'generic-amd64']],
    ['runs', []],
    ['status', []],
    ['why', ['finalize', '--machine', 'generic-amd64']],
  ])('is right about osrel %s', async (command, words) => {
    const answer = await answerOf([...command.split(' '), ...words, '--json', '--no-input']);
    const paths = pathsOf(command);
    expect(paths.length).toBeGreaterThan(0);
    expect(paths.filter((path) => !has(answer, path))).toEqual([]);
    const documented = paths.map((path) => path.split(/[.[]/)[0]);
    const isOpen = command === 'device show';
    expect(isOpen ? [] : Object.keys(Object(answer)).filter((key) => !documented.includes(key))).toEqual([]);
  });

  it('is right about a failure', async () => {
    const answer = await answerOf(['plan', '--machine', 'nobody', '--json']);
    for (const key of ['code', 'message', 'hint', 'exitCode', 'details'])
      expect(has(answer, `error.${key}`)).toBe(true);
  });
});
