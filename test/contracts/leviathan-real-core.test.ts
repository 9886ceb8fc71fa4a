import { writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'vitest';
import { type Recording, readRecording } from '../servers/leviathan/recording.ts';
import { orderedBefore } from '../servers/leviathan/replay-suite.ts';
import { startLeviathanWorker } from '../servers/leviathan/start-leviathan-worker.ts';
import { startRealCore, whyNoRealCore } from '../servers/leviathan/start-real-core.ts';
import { replayClient } from './leviathan-client.ts';
import { coreHalf } from './leviathan-comparison.ts';
import { RECORDINGS } from './leviathan-recordings.ts';

const missing = whyNoRealCore();

// A real core takes two seconds for each upload and a while for the suite.
const PATIENCE = { timeout: 300_000 };

/** The real core notices a lost connection in its own time. */
const NOTICED_AFTER_MS = 250;

describe.skipIf(missing !== undefined)(
  `the real core (${missing ?? 'OSREL_TEST_LEVIATHAN'})`,
  PATIENCE,
  () => {
    it.concurrent.for(RECORDINGS)('still answers a recorded client as it did: %s', async (name, test) => {
      const recording = readRecording(name);
      const rig = await startLeviathanWorker();
      const temporary = await mkdtemp(join(tmpdir(), 'osrel-real-core-'));
      const folder = join(temporary, 'core');
      const core = await startRealCore(folder);
      test.onTestFinished(async () => {
        await core.close();
        await rig.close();
        await rm(temporary, { recursive: true, force: true });
      });

      const heard = await replayClient(recording, {
        coreUrl: core.url,
        workerUrl: rig.url,
        awaits: (event) =>
          event.does !== 'frame' || event.frame.type !== 'log' || isMessage(event.frame.data),
        passed: tickWith(recording, join(folder, 'data')),
        noticed: () => new Promise((resolve) => setTimeout(resolve, NOTICED_AFTER_MS)),
      });

      const acts = recording.events.filter(({ who }) => who === 'client');
      test.expect(halfOf({ ...recording, events: [...acts, ...heard] })).toEqual(halfOf(recording));
    });
  },
);

/** Messages of the suites for which a recorded client waited; each comes as one frame. */
const isMessage = (data: unknown) => /^(tick \d|It hangs now)$/.test(String(data));

/** Lets the recorded ticking suite go on as far as it had come by then. */
function tickWith({ events }: Recording, data: string): (passed: number) => void {
  const said = /^tick (\d)$|^ {8}1\.\.(3)$/m;
  const ticks = events.flatMap((event, index) => {
    if (event.does !== 'frame') return [];
    const [, next, last] = said.exec(String(event.frame.data)) ?? [];
    const tick = next === undefined ? Number(last) : Number(next) - 1;
    return tick > 0 ? [{ tick, after: orderedBefore(events, index) }] : [];
  });
  return (passed) => {
    for (const { tick, after } of ticks) if (passed >= after) writeFileSync(join(data, `tick-${tick}`), '');
  };
}

/**
 * What must be so again. How a stopped suite ends is a race between its two handlers of the signal (leviathan 3.5), so
 * of such a recording counts what came before and that it ends; and how much output a connection still brought before
 * it was cut is a matter of time.
 */
function halfOf(recording: Recording): unknown {
  const { pings, frames, lines, answers } = coreHalf(recording.events, 'sorted');
  if (recording.recording === 'stopped' || recording.recording === 'interrupted-client') {
    return {
      pings,
      uploads: frames['1']?.slice(0, 4),
      ending: frames['1']?.length,
      answers: Object.keys(answers),
    };
  }
  const isCut = (socket: string) =>
    recording.events.some((event) => event.does === 'cut' && String(event.socket) === socket);
  return {
    pings,
    frames,
    answers,
    lines: Object.entries(lines).filter(([socket]) => !isCut(socket)),
  };
}
