import { describe, expect, it, onTestFinished } from 'vitest';
import { readRecording } from '../servers/leviathan/recording.ts';
import { replaySuite } from '../servers/leviathan/replay-suite.ts';
import { startLeviathanCore } from '../servers/leviathan/start-leviathan-core.ts';
import { createWatchers } from '../servers/leviathan/watchers.ts';
import { replayClient } from './leviathan-client.ts';
import { coreHalf } from './leviathan-comparison.ts';
import { RECORDINGS } from './leviathan-recordings.ts';

describe('the double of the core answers a recorded client as the real core did', () => {
  it.each(RECORDINGS)('%s', async (name) => {
    const recording = readRecording(name);
    const watchers = createWatchers();
    let passed = 0;
    const core = await startLeviathanCore(
      replaySuite(recording, (events) => watchers.until(() => passed >= events)),
    );
    onTestFinished(() => core.close());

    const heard = await replayClient(recording, {
      coreUrl: core.url,
      workerUrl: 'http://127.0.0.1:9',
      awaits: () => true,
      passed: (events) => {
        passed = events;
        watchers.changed();
      },
      noticed: (openSockets) => core.until(() => core.sockets().length === openSockets),
    });

    expect(coreHalf(heard, 'exact')).toEqual(coreHalf(recording.events, 'exact'));
  });
});
