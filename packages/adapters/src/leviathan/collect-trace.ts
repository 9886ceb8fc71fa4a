import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '@osrel/core';
import { findText } from '../if-present.ts';
import { type CoreRequests, NO_SUMMARY } from './core-requests.ts';
import type { HeldRig, SuiteTrace } from './leviathan-parts.ts';

export interface CollectOptions {
  readonly requests: CoreRequests;
  readonly rig: HeldRig;
  /** Absolute path of the folder for what is collected. */
  readonly directory: string;
  /** Summary of the core before the suite: the same one afterwards is of an earlier suite. */
  readonly summaryBefore: string | null;
  readonly clock: Clock;
  /** Milliseconds for all of it. */
  readonly limitMs: number;
  readonly signal: AbortSignal;
  readonly onNote: (line: string) => void;
}

export type CollectedTrace = Pick<SuiteTrace, 'summary' | 'serial' | 'artifacts'>;

/**
 * Fetches what core and rig kept of a suite, all at once. What cannot be had is told and left out; a part of the
 * artifacts is kept. Throws only the signal's reason.
 */
export async function collectTrace(options: CollectOptions): Promise<CollectedTrace> {
  const { clock, limitMs, signal, onNote } = options;
  const late = new AbortController();
  clock.sleep(limitMs, late.signal).then(
    () => late.abort(new Error(`collecting took longer than ${limitMs / 1000} s`)),
    () => {},
  );
  const bounded = { ...options, signal: AbortSignal.any([signal, late.signal]) };
  try {
    const [summary, artifacts, serial] = await Promise.all([
      collectSummary(bounded),
      collectArtifacts(bounded),
      collectSerial(bounded),
    ]);
    signal.throwIfAborted();
    if (late.signal.aborted) onNote(String(late.signal.reason));
    return { summary, artifacts, serial };
  } finally {
    late.abort();
  }
}

/** The summary that the core has from an earlier suite; null when there is none, or it cannot be had. */
export async function readSummaryBefore(
  requests: CoreRequests,
  directory: string,
  signal: AbortSignal,
): Promise<string | null> {
  const path = join(directory, 'summary-before.json');
  return (await requests.fetchSummary(path, signal)) === null ? await readFile(path, 'utf8') : null;
}

async function collectSummary(options: CollectOptions): Promise<string | null> {
  const { requests, directory, summaryBefore, signal, onNote } = options;
  const path = join(directory, 'test-summary.json');
  const defect = await requests.fetchSummary(path, signal);
  if (defect === NO_SUMMARY) {
    onNote('the core has no summary of the suite');
    return null;
  }
  if (defect !== null) onNote(`the summary of the suite could not be fetched: ${defect}`);
  const text = await findText(path);
  if (text === undefined) return null;
  // An empty one is what a suite leaves that was stopped while it wrote it.
  if (text === '' || text !== summaryBefore) return path;
  onNote('the core has only the summary of an earlier suite');
  return null;
}

async function collectArtifacts({
  requests,
  directory,
  signal,
  onNote,
}: CollectOptions): Promise<string | null> {
  const path = join(directory, 'artifacts.tar.gz');
  const defect = await requests.fetchArtifacts(path, signal);
  if (defect !== null) onNote(`the artifacts of the suite are not complete: ${defect}`);
  return path;
}

async function collectSerial({ rig, directory, signal, onNote }: CollectOptions): Promise<string | null> {
  const path = join(directory, 'serial.log');
  try {
    // It bounds itself; an abort must not wait for it.
    return (await endedBy(rig.fetchSerial(path), signal)) ? path : null;
  } catch (error) {
    onNote(`the serial log could not be fetched: ${error instanceof Error ? error.message : String(error)}`);
    return null;
  }
}

async function endedBy(work: Promise<boolean>, signal: AbortSignal): Promise<boolean> {
  if (signal.aborted) return false;
  const aborted = Promise.withResolvers<boolean>();
  const stop = () => aborted.resolve(false);
  signal.addEventListener('abort', stop, { once: true });
  try {
    return await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', stop);
    work.catch(() => {});
  }
}
