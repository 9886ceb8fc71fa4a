import { type Clock, type OsrelError, rigFailed } from '@osrel/core';
import { ARTIFACT_IDS, type ArtifactId, type UploadFrame } from './core-frames.ts';
import type { CoreIntervals } from './leviathan-intervals.ts';
import type { ArtifactContent } from './pack-artifact.ts';
import { UploadFailure, uploadArtifact } from './upload-artifact.ts';

/** Answers what a core asks to be sent, one after the other. */
export interface UploadAnswers {
  readonly answer: (frame: UploadFrame) => void;
  /** Rejects when an upload cannot be done; never resolves. */
  readonly failed: Promise<never>;
  /** The core asked for something: the suite that it will start is this one. */
  readonly wasAsked: () => boolean;
  /** A suite runs: what was asked for last has arrived, too. */
  readonly suiteRuns: () => void;
  /** Everything has arrived, so that a suite may run by now. */
  readonly isComplete: () => boolean;
}

export interface UploadAnswersOptions {
  readonly coreUrl: string;
  readonly contents: Readonly<Record<ArtifactId, ArtifactContent>>;
  readonly clock: Clock;
  readonly intervals: CoreIntervals;
  /** Ends an upload that is under way. */
  readonly signal: AbortSignal;
  readonly onNote: (line: string) => void;
  readonly onPercent: (name: string, percent: number) => void;
}

/** Of one request whose upload fails without the core noticing. */
const MOST_TRIES = 3;

/**
 * The core asks anew when an upload came to nothing, and gives up by itself (leviathan 3.3). Only when it does not even
 * know of the upload, because the connection failed, is the same sent again: an answer that was lost shows in what the
 * core asks next.
 */
export function answerUploads(options: UploadAnswersOptions): UploadAnswers {
  const { contents, clock, intervals, signal, onNote } = options;
  const failed = Promise.withResolvers<never>();
  failed.promise.catch(() => {});
  let current = new AbortController();
  let asked: string | undefined;
  const arrived = new Set<string>();

  async function send(frame: UploadFrame, superseded: AbortSignal): Promise<void> {
    const id = ARTIFACT_IDS.find((each) => each === frame.id);
    if (id === undefined) throw unknownArtifact(options.coreUrl, frame.id);
    if (frame.attempt > 1) onNote(`the core asks for ${frame.name} again (attempt ${frame.attempt})`);
    for (let failures = 0; ; ) {
      try {
        const outcome = await uploadArtifact({
          ...options,
          frame,
          content: contents[id],
          silenceMs: intervals.uploadSilenceMs,
          signal: superseded,
          onPercent: (percent) => options.onPercent(frame.name, percent),
        });
        if (outcome !== 'refused') arrived.add(id);
        onNote(outcome === 'cached' ? `the core has ${frame.name} already` : `${frame.name}: ${outcome}`);
        return;
      } catch (error) {
        failures += 1;
        if (!(error instanceof UploadFailure)) throw error;
        if (failures >= MOST_TRIES) throw uploadFailed(options.coreUrl, frame.name, error);
        onNote(`${frame.name}: ${error.message}`);
        await clock.sleep(intervals.uploadAgainMs, superseded);
      }
    }
  }

  return {
    answer: (frame) => {
      // It goes on only with what it has; it may say so before the answer to the upload is here.
      if (asked !== undefined && asked !== frame.id) arrived.add(asked);
      asked = frame.id;
      current.abort();
      current = new AbortController();
      const superseded = AbortSignal.any([current.signal, signal]);
      send(frame, superseded).catch((error: unknown) => {
        if (!superseded.aborted) failed.reject(error);
      });
    },
    failed: failed.promise,
    wasAsked: () => asked !== undefined,
    suiteRuns: () => {
      if (asked !== undefined) arrived.add(asked);
    },
    isComplete: () => ARTIFACT_IDS.every((id) => arrived.has(id)),
  };
}

function unknownArtifact(coreUrl: string, id: string): OsrelError {
  return rigFailed(
    'lab.unknown-artifact',
    `core ${coreUrl} asks for "${id}", which this osrel does not know`,
    {
      hint: 'use a Leviathan that this osrel knows, or drive its own client: tests.leviathan.driver: client',
    },
  );
}

function uploadFailed(coreUrl: string, name: string, cause: UploadFailure): OsrelError {
  const message = `${name} could not be sent to core ${coreUrl} in ${MOST_TRIES} tries: ${cause.message}`;
  return rigFailed('lab.upload-failed', message, { hint: "read the core's log", cause });
}
