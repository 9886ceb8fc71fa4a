import { describe, expect, it } from 'vitest';
import { createFrameAlignment, type FrameAlignment } from './frame-alignment.ts';

/** What the core says to both when a spare has joined. */
const GREETING = ['info', 'log', 'status'];

function hearing(first: readonly string[], spare: readonly string[]): FrameAlignment {
  const alignment = createFrameAlignment();
  for (const frame of first) alignment.fromFirst(frame);
  for (const frame of spare) expect(alignment.fromSpare(frame)).toEqual([]);
  return alignment;
}

describe('createFrameAlignment', () => {
  it('finds the frames that the first did not bring', () => {
    const alignment = hearing(['before', ...GREETING, 'a'], [...GREETING, 'a', 'b', 'c']);
    expect(alignment.switchOver()).toEqual(['b', 'c']);
    expect(alignment.fromSpare('d')).toEqual(['d']);
  });

  it('leaves out what a spare that lags behind brings again', () => {
    const alignment = hearing(['before', ...GREETING, 'a', 'b'], GREETING);
    expect(alignment.switchOver()).toEqual([]);
    expect(['a', 'b', 'c'].flatMap(alignment.fromSpare)).toEqual(['c']);
  });

  it('does so when the spare has brought nothing yet', () => {
    const alignment = hearing(['before', ...GREETING, 'a'], []);
    expect(alignment.switchOver()).toEqual([]);
    expect([...GREETING, 'a', 'b'].flatMap(alignment.fromSpare)).toEqual(['b']);
  });

  it('takes all of a spare that joined after the last frame of the first', () => {
    const alignment = hearing(['a', 'b'], []);
    expect(alignment.switchOver()).toEqual([]);
    expect([...GREETING, 'c'].flatMap(alignment.fromSpare)).toEqual([...GREETING, 'c']);
  });

  it('stays right over thousands of equal frames, whoever is ahead', () => {
    const alignment = hearing(['before', ...GREETING], GREETING);
    for (let round = 0; round < 5_000; round += 1) {
      const [one, other] = round % 2 === 0 ? ['fromFirst', 'fromSpare'] : ['fromSpare', 'fromFirst'];
      for (const who of [one, other] as const) alignment[who as 'fromFirst' | 'fromSpare']('same');
    }
    expect(alignment.switchOver()).toEqual([]);
    expect(alignment.fromSpare('same')).toEqual(['same']);
  });

  it('finds where the spare began among frames that look alike', () => {
    const alignment = hearing(['tick', 'tick', 'tick', ...GREETING, 'tick'], ['tick', ...GREETING]);
    expect(alignment.switchOver()).toEqual([]);
    expect(['tick', 'tock'].flatMap(alignment.fromSpare)).toEqual(['tock']);
  });

  it('does not keep everything while a spare never answers', () => {
    const frames = Array.from({ length: 2_000 }, (_, index) => `line ${index}`);
    const alignment = hearing(frames, []);
    expect(alignment.switchOver()).toEqual([]);
    expect(['line 1999', 'new'].flatMap(alignment.fromSpare)).toEqual(['new']);
  });
});
