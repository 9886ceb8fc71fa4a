import { describe, expect, it } from 'vitest';
import type { BuildSign } from './build-sign.ts';
import { createConsoleReader } from './create-console-reader.ts';
import { listRecordedConsoles, recordedLines } from './test-recordings.ts';

function read(lines: readonly string[]) {
  const signs: BuildSign[] = [];
  const reader = createConsoleReader((sign) => signs.push(sign));
  return { kinds: lines.map((line) => reader.read(line)), signs };
}

const unexplainedOf = (lines: readonly string[]) => {
  const { kinds } = read(lines);
  return lines.filter((_line, index) => kinds[index] === 'unexplained');
};

describe('createConsoleReader', () => {
  it.each(listRecordedConsoles())('explains every line of %s', (name) => {
    expect(unexplainedOf(recordedLines(name))).toEqual([]);
  });

  it('knows that a line without any mark is nothing of bitbake before it began', () => {
    const lines = ['hello?', 'NOTE: Executing Tasks', 'printed by a recipe'];
    expect(read(lines).kinds).toEqual(['unexplained', 'queue', 'text']);
  });

  it('reads one build of barys from its first line to its last', () => {
    const lines = [
      'Building JSON manifest...',
      'added 12 packages in 3s',
      '...Done',
      '[000000003][WARNING]TEMPLATECONF_PATH: layers/x',
      'You had no conf/local.conf file. This configuration file has therefore been',
      'created for you from /repo/layers/x/conf/samples/local.conf.sample',
      '',
      '  ____        _   art of any kind',
      '[000000004][LOG]BalenaOS build initialized in directory: build.',
      '[000000004][LOG]Run build for a: MACHINE=a bitbake balena-image -k',
      'Loading cache...done.',
      'ERROR: no way',
      'what it means',
      '[000000009][LOG]Build for a failed. Check failed log in build/tmp/log/cooker/a .',
      '[000000009][LOG]Run build for b: MACHINE=b bitbake balena-image -k',
      'Loading cache...done.',
      '[000000019][LOG]Build for b suceeded.',
      '[000000019][LOG]Done.',
    ];
    const { signs } = read(lines);
    expect(unexplainedOf(lines)).toEqual([]);
    expect(signs.filter(({ kind }) => kind === 'barys-result')).toEqual([
      { kind: 'barys-result', machine: 'a', result: 'failed' },
      { kind: 'barys-result', machine: 'b', result: 'succeeded' },
    ]);
    expect(signs).toContainEqual({ kind: 'message-line', text: 'what it means' });
  });

  it('reads what the helper container, its engine and its entry script print', () => {
    const lines = [
      "Unable to find image 'ghcr.io/x/y:1' locally",
      '1: Pulling from x/y',
      '0123456789ab: Pull complete',
      'Digest: sha256:00',
      'Status: Downloaded newer image for ghcr.io/x/y:1',
      '[INFO] Creating and setting builder user 1000:1000.',
      '[INFO] The configured git credentials for user builder are:',
      'Resin Builder',
      'buildy@builder.com',
      '[INFO] Running build as builder user...',
      '### Shell environment set up for builds. ###',
      "You can now run 'bitbake <target>'",
      '[000000001][LOG]Done.',
    ];
    expect(unexplainedOf(lines)).toEqual([]);
  });

  it('reads kas and what the shell says about a missing locale', () => {
    const lines = [
      'bash: warning: setlocale: LC_ALL: cannot change locale (en_US.UTF-8)',
      '2026-01-02 10:11:12 - INFO     - kas 4.7 started',
      '2026-01-02 10:11:13 - ERROR    - no such file',
      'Traceback (most recent call last):',
    ];
    const { signs } = read(lines);
    expect(unexplainedOf(lines)).toEqual([]);
    expect(signs).toContainEqual({ kind: 'message', level: 'error', text: 'no such file' });
  });

  it('reads on where bitbake began a line and ended it with a message', () => {
    const { kinds, signs } = read([
      'Parsing recipes...ERROR: ParseError at /a.bb:1: no',
      'Initialising tasks...Sstate summary: Wanted 4 Local 1 Mirrors 2 Missed 1 Current 0 (75% match, 75% complete)',
      'done.',
    ]);
    expect(kinds).toEqual(['error', 'shared-state', 'progress']);
    expect(signs).toContainEqual({ kind: 'message', level: 'error', text: 'ParseError at /a.bb:1: no' });
    expect(signs).toContainEqual({ kind: 'shared-state', found: 3, wanted: 4, isSummary: true });
  });

  it('reads the shared state summary of older layers', () => {
    const { signs } = read([
      'NOTE: Sstate summary: Wanted 4 Found 1 Missed 3 Current 2 (25% match, 50% complete)',
    ]);
    expect(signs).toContainEqual({ kind: 'shared-state', found: 1, wanted: 4, isSummary: true });
  });

  it('takes logs that are shown in the console for logs', () => {
    const lines = ['NOTE: x', 'Log data follows:', '| gcc', ' | gcc', '|'];
    expect(read(lines).kinds).toEqual(['note', 'log', 'log', 'log', 'log']);
  });

  it('takes hostile lines of a megabyte for what they are', () => {
    const long = 'a '.repeat(500_000);
    const begun = [
      'NOTE: recipe ',
      'NOTE: Running task 1 of ',
      'ERROR: Task (',
      '[000000001][LOG]Build for ',
      '0: ',
    ];
    const { kinds } = read([
      'NOTE: x',
      ...begun.map((start) => start + long),
      'Loading cache...'.repeat(60_000),
    ]);
    expect(kinds).toEqual(['note', 'note', 'note', 'error', 'barys', 'unexplained', 'cache']);
  });
});
