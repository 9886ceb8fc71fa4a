import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { RunRecord, RunStore } from '@osrel/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFlags } from '../flags.ts';
import type { Host, Workspace } from '../host.ts';
import { settleFlags } from '../settings.ts';
import { samplePlan } from '../testing/sample-run.ts';
import { NO_PAINT } from '../text/paint.ts';
import { showLogs } from './logs.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'osrel-logs-'));
});
afterEach(() => rm(root, { recursive: true }));

const TASK_LOG = 'hello-1.0-r0.log.do_compile.7';

async function keep(files: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    const file = join(root, '.osrel/runs/run-1/logs', path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
  }
}

/** What `osrel logs` says about the run with these files, in a host that has only what logs need. */
async function logs(words: readonly string[], values: Readonly<Record<string, unknown>> = {}) {
  const said = { stdout: '', stderr: '' };
  const write = (name: 'stdout' | 'stderr') => (text: string) => {
    said[name] += text;
  };
  const record = { runId: 'run-1', plan: samplePlan() } as unknown as RunRecord;
  const runStore = { open: async () => record } as unknown as RunStore;
  const host = {
    openWorkspace: async () => ({ root, runStore }) as unknown as Workspace,
    terminal: { stdout: { write: write('stdout') }, stderr: { write: write('stderr') } },
    paint: { stdout: NO_PAINT, stderr: NO_PAINT },
  } as unknown as Host;
  const flags = createFlags(values);
  const settings = settleFlags({ flags, frontEndArguments: [] }, root);
  const exitCode = await showLogs({ command: 'logs', arguments: words, flags, settings }, host);
  return { ...said, exitCode };
}

describe('the kept logs of a run', () => {
  beforeEach(() =>
    keep({
      'build-hostapp.log': 'one\ntwo\n',
      'create-draft.log': 'three\n',
      [`build-hostapp/${TASK_LOG}`]: 'make: *** Error 1\n',
    }),
  );

  it('are shown step by step in the order of the plan, and those of single tasks are named', async () => {
    const { stdout, stderr } = await logs(['run-1']);
    expect(stdout).toBe('== build-hostapp\none\ntwo\n== create-draft\nthree\n');
    expect(stderr).toBe(`more: osrel logs run-1 build-hostapp ${TASK_LOG}\n`);
  });

  it('are shown without a title when there is one', async () => {
    expect((await logs(['run-1', 'create-draft'])).stdout).toBe('three\n');
  });

  it('of a single task are shown by their name', async () => {
    expect(await logs(['run-1', 'build-hostapp', TASK_LOG])).toEqual({
      exitCode: 0,
      stdout: 'make: *** Error 1\n',
      stderr: '',
    });
  });

  it.each([['../../plan.json'], ['nothing'], ['']])('are never another file: %s', async (name) => {
    await expect(logs(['run-1', 'build-hostapp', name])).rejects.toMatchObject({ code: 'logs.unknown' });
  });

  it('come as JSON lines with the step, and nothing else', async () => {
    const { stdout, stderr } = await logs(['run-1', 'build-hostapp'], { output: 'jsonl' });
    expect(stdout).toBe('{"step":"build-hostapp","line":"one"}\n{"step":"build-hostapp","line":"two"}\n');
    expect(stderr).toBe('');
  });

  it('are asked for by steps of the plan only', async () => {
    await expect(logs(['run-1', '../plan'])).rejects.toMatchObject({ code: 'step.unknown' });
  });
});

it('a run that printed nothing has no logs, and that is said', async () => {
  await expect(logs(['run-1'])).rejects.toMatchObject({ code: 'logs.none' });
});
