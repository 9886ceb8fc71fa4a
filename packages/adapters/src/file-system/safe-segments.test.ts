import { describe, expect, it } from 'vitest';
import { checkSegment, checkSlug, segmentOf } from './safe-segments.ts';
import { checkKey, worldLayout } from './world-layout.ts';

describe('names that become paths', () => {
  it.each(['raspberrypi4-64', '6.5.1+rev2', 'a', '2026.7.0', '_x'])('%j is a segment', (name) => {
    expect(checkSegment(name, 'version')).toBe(name);
  });

  it.each(['', '.', '..', '.git', '-rf', 'a/b', 'a\\b', 'a b', 'a\0', 'é', 'x'.repeat(201)])(
    '%j is refused as a segment',
    (name) => {
      expect(() => checkSegment(name, 'version')).toThrow('version');
    },
  );

  it.each(['balena_os', 'a/b/c', '../b', 'a/..', '/a'])('%j is no slug', (slug) => {
    expect(() => checkSlug(slug, 'application')).toThrow('application');
  });

  it('makes a file name of any text, another one for another text', () => {
    const texts = [
      'build/hostapp',
      'build%2Fhostapp',
      '..',
      '.',
      '',
      'a b',
      'é',
      'x'.repeat(300),
      'x'.repeat(301),
      'cloud / all',
    ];
    const segments = texts.map(segmentOf);
    expect(segments[0]).toBe('build%2Fhostapp');
    expect(new Set(segments).size).toBe(texts.length);
    for (const segment of segments) expect(segment).toMatch(/^[A-Za-z0-9_@%+=][A-Za-z0-9._@%+=-]{0,199}$/);
  });

  it('leaves a step id as it is', () => {
    expect(segmentOf('push-image.hostapp')).toBe('push-image.hostapp');
  });

  it.each(['../x', '/x', 'a//b', '.tmp-1-2-ff', 'x.object.json', 'a/x.asset.json'])(
    '%j is refused as a key',
    (key) => {
      expect(() => checkKey(key)).toThrow(/key|artifact name/);
    },
  );

  it.each([0, -1, 1.5, Number.NaN])('%d is refused as a release id', (id) => {
    expect(() => worldLayout('/r').releaseFolder('o/a', id)).toThrow('release id');
  });
});
