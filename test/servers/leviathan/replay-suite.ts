import type { CoreOptions } from './core-world.ts';
import type { CoreFrame } from './frame-fault.ts';
import { type Recording, readRecording } from './recording.ts';
import type { SuiteChild } from './suite-child.ts';

/** What a suite said, and how many events of the recording came before. */
interface Said {
  readonly frame: CoreFrame;
  readonly after: number;
  /** Whether the suite had been told to stop. */
  readonly stopped: boolean;
}

interface RecordedRun {
  readonly said: Said[];
  /** Null: the recording is over before it ends. */
  exitCode: number | null;
}

/** The child answers `reconnect` with so many messages to every listener; the double says them itself. */
const RECONNECT_WORDS = 3;

/**
 * Options of a core whose suites say what the recorded ones said, run after run, with their exit codes, artifacts and
 * reports. `passed` is waited for before words that came after so many events of the recording.
 */
export function replaySuite(
  recording: Recording | string,
  passed: (events: number) => Promise<void> = async () => {},
): Required<Pick<CoreOptions, 'suite' | 'onStop' | 'exitCodeOnStop'>> {
  const recorded = typeof recording === 'string' ? readRecording(recording) : recording;
  const runs = runsOf(recorded);
  let index = -1;
  let next = 0;
  const speak = async (child: SuiteChild) => {
    const said = runs[index]?.said ?? [];
    for (; next < said.length; next += 1) {
      const { frame, after, stopped } = said[next] as Said;
      await passed(after);
      if (stopped) await child.stopped;
      child.send(frame);
    }
    keepWhatWasKept(recorded, child);
    const exitCode = runs[index]?.exitCode ?? null;
    if (exitCode === null) await child.stopped;
    return exitCode ?? 0;
  };
  return {
    suite: (child) => {
      index += 1;
      next = 0;
      return speak(child);
    },
    onStop: speak,
    exitCodeOnStop: runs.at(-1)?.exitCode ?? 0,
  };
}

/** Runs without what the core itself says: uploads, errors, endings and the words after a reconnect. */
function runsOf({ events }: Recording): readonly RecordedRun[] {
  const runs: RecordedRun[] = [];
  /** How much of the run each listener has heard. */
  const heard = new Map<number, number>();
  const toSkip = new Map<number, number>();
  let run: RecordedRun | undefined;
  let first = 0;
  let wasStopped = false;
  for (const [index, event] of events.entries()) {
    if (event.does === 'connect' && event.path.endsWith('?reconnect') && run !== undefined) {
      heard.set(event.socket, run.said.length);
      for (const socket of heard.keys()) toSkip.set(socket, RECONNECT_WORDS);
    }
    // Only a core that still has the first socket of its suite can stop it.
    if (event.does === 'request' && event.path === '/stop' && run !== undefined && heard.has(first))
      wasStopped = true;
    if (event.does === 'cut') heard.delete(event.socket);
    if (event.does !== 'frame' || event.frame.type === 'upload' || event.frame.type === 'error') continue;
    const success = successOf(event.frame);
    if (success !== undefined) {
      if (run !== undefined) run.exitCode = success ? 0 : 1;
      run = undefined;
      heard.clear();
      continue;
    }
    if (run === undefined) {
      // What a spare hears after the first listener's ending belongs to the run that is over.
      if (!startsRun(event.frame)) continue;
      run = { said: [], exitCode: null };
      runs.push(run);
      heard.set(event.socket, 0);
      first = event.socket;
      wasStopped = false;
    }
    const skip = toSkip.get(event.socket) ?? 0;
    if (skip > 0) {
      toSkip.set(event.socket, skip - 1);
      continue;
    }
    const position = heard.get(event.socket);
    if (position === undefined) continue;
    if (position === run.said.length)
      run.said.push({ frame: event.frame, after: orderedBefore(events, index), stopped: wasStopped });
    heard.set(event.socket, position + 1);
  }
  return runs;
}

/**
 * Position behind the last event before that one which decides the order: output does not, it comes as it comes.
 */
export function orderedBefore(events: Recording['events'], index: number): number {
  return events.slice(0, index).findLastIndex(({ who, does }) => who === 'client' || does === 'answer') + 1;
}

const startsRun = ({ data }: CoreFrame) => String(data).startsWith('Removing');

function successOf({ type, data }: CoreFrame): boolean | undefined {
  if (type !== 'status' || typeof data !== 'object' || data === null || !('success' in data))
    return undefined;
  return data.success === true;
}

function keepWhatWasKept({ events }: Recording, child: SuiteChild): void {
  for (const request of events) {
    if (request.does !== 'request') continue;
    const answer = events.find((each) => each.does === 'answer' && each.request === request.request);
    if (answer?.does !== 'answer' || answer.status !== 200) continue;
    const { body } = answer;
    const report = /^\/reports\/(.+)$/.exec(request.path)?.[1];
    if (report !== undefined && typeof body === 'string') child.report(report, body);
    if (request.path !== '/artifacts' || typeof body === 'string' || Array.isArray(body)) continue;
    for (const { name, type, text = '' } of body.archive) if (type === 'file') child.keepArtifact(name, text);
  }
}
