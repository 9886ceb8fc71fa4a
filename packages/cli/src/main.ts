import { randomBytes } from 'node:crypto';
import { badUsage, EXIT_CODES } from '@osrel/core';
import { createFlags } from './flags.ts';
import type { Host } from './host.ts';
import { createInterruption, type Interruption } from './interruption.ts';
import { createLateRedactor, type LateRedactor } from './late-redactor.ts';
import { createProcessTerminal } from './process-terminal.ts';
import { type CommandLine, parseCommandLine } from './program.ts';
import { neutraliseCommands } from './reporters/workflow-command.ts';
import { settleFlags } from './settings.ts';
import { errorDocument, exitCodeOf, renderError } from './text/error-text.ts';
import { colourLevel, createPaint, type Paint } from './text/paint.ts';
import { OSREL_VERSION } from './version.ts';

/**
 * What ends at the second signal may take this long: a build gets ten seconds between SIGTERM and SIGKILL, and its
 * server and workers are ended after it.
 */
const HARD_STOP_MS = 25_000;

/** What the completion scripts call. */
const COMPLETE = '__complete';

/** Runs one command line and sets the exit code; the only place that prints a failure. */
export async function main(words: readonly string[]): Promise<void> {
  survivePipes();
  const parts = { words, interruption: createInterruption(), hidden: createLateRedactor() };
  listenForSignals(parts.interruption);
  try {
    process.exitCode = await runLine(parts);
  } catch (error) {
    process.exitCode = report(error, parts);
    // Unguarded work is still pending; there is nothing to wait for.
    if (parts.interruption.signal.aborted) await endNow(process.exitCode);
  }
}

interface Parts {
  readonly words: readonly string[];
  readonly interruption: Interruption;
  readonly hidden: LateRedactor;
}

async function runLine(parts: Parts): Promise<number> {
  const { words, interruption } = parts;
  if (words[0] === COMPLETE) return interruption.race(complete(parts));
  const line = parseCommandLine(words, OSREL_VERSION);
  if (line.kind === 'print') {
    process.stdout.write(line.text);
    return 0;
  }
  if (line.kind === 'unusable') throw badUsage(line.code, line.message, { hint: line.hint });
  return interruption.race(runCommand(line, parts));
}

async function runCommand(line: CommandLine & { readonly kind: 'command' }, parts: Parts): Promise<number> {
  const flags = createFlags(line.values);
  const settings = settleFlags({ flags, frontEndArguments: line.frontEndArguments }, process.cwd());
  const run = await line.load();
  return run({ command: line.command, arguments: line.arguments, flags, settings }, await hostOf(parts));
}

/** Candidates for a shell, one a line. */
async function complete(parts: Parts): Promise<number> {
  const { listCandidates } = await import('./complete.ts');
  const { dynamicNames } = await import('./dynamic-names.ts');
  const nothing = { flags: createFlags({}), frontEndArguments: [] };
  const names = dynamicNames(await hostOf(parts), settleFlags(nothing, process.cwd()));
  const candidates = await listCandidates(parts.words.slice(1), names);
  process.stdout.write(candidates.map((candidate) => `${candidate}\n`).join(''));
  return 0;
}

async function hostOf(parts: Parts): Promise<Host> {
  const { createHost } = await import('./create-host.ts');
  const terminal = createProcessTerminal(process, parts.hidden);
  const paint = { stdout: paintFor(process.stdout), stderr: paintFor(process.stderr) };
  const facts = {
    version: OSREL_VERSION,
    nodeVersion: process.version,
    terminal,
    interruption: parts.interruption,
    paint,
    randomToken: () => randomBytes(16).toString('hex'),
    complain: (error: unknown) => complain(error, parts),
  };
  return createHost(facts, parts.hidden);
}

function report(error: unknown, parts: Parts): number {
  const { interruption, hidden } = parts;
  complain(error, parts);
  const isCancelled = interruption.signal.aborted && exitCodeOf(error) === EXIT_CODES.cancelled;
  const exitCode = isCancelled ? interruption.exitCode() : exitCodeOf(error);
  if (wantsJson(parts.words)) {
    const document = errorDocument(error);
    process.stdout.write(
      hidden.text(`${JSON.stringify({ ...document, error: { ...document.error, exitCode } })}\n`),
    );
  }
  return exitCode;
}

/** A failure for people, with secrets hidden and nothing in it that a CI runner would obey. */
function complain(error: unknown, { words, hidden }: Parts): void {
  const stacks = words.includes('--debug') ? 'shown' : 'hidden';
  const versions = `osrel ${OSREL_VERSION}, node ${process.version}, ${process.platform} ${process.arch}`;
  const text = hidden.text(renderError(error, { paint: paintFor(process.stderr), stacks, versions }));
  process.stderr.write(process.env.GITHUB_ACTIONS === 'true' ? neutraliseCommands(text) : text);
}

function paintFor(stream: NodeJS.WriteStream): Paint {
  return createPaint(colourLevel({ environment: process.env, isTerminal: stream.isTTY === true }));
}

/** Read from the words, because the failure may be that they could not be parsed. */
function wantsJson(words: readonly string[]): boolean {
  const end = words.indexOf('--');
  return (end === -1 ? words : words.slice(0, end)).some(
    (word, index) =>
      word === '--json' ||
      /^--output=jsonl?$/.test(word) ||
      (/^jsonl?$/.test(word) && words[index - 1] === '--output'),
  );
}

function listenForSignals(interruption: Interruption): void {
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      const answer = interruption.receive(name);
      if (answer === 'stopping') return;
      if (answer === 'end-now') process.exit(interruption.exitCode());
      setTimeout(() => process.exit(interruption.exitCode()), HARD_STOP_MS).unref();
    });
  }
}

/** A reader that went away (`osrel runs | head -1`) is no failure. */
function survivePipes(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
      if (stream === process.stdout && process.exitCode === undefined) process.exitCode = 0;
    });
  }
}

async function endNow(exitCode: number): Promise<never> {
  await new Promise<void>((resolve) => process.stdout.write('', () => resolve()));
  return process.exit(exitCode);
}
