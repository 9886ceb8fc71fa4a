import { describe, expect, it } from 'vitest';
import { OsrelError } from '../errors/osrel-error.ts';
import type { Artifact } from './artifact.ts';
import { digestOfHex } from './digest.ts';
import { parseReleaseManifest, type ReleaseManifest, renderReleaseManifest } from './release-manifest.ts';

function file(name: string, change: Partial<Artifact> = {}): Artifact {
  return {
    name,
    sizeBytes: 3,
    digest: digestOfHex('a'.repeat(64)),
    mediaType: 'text/plain',
    role: 'version',
    ...change,
  };
}

function manifest(change: Partial<ReleaseManifest> = {}): ReleaseManifest {
  return {
    schemaVersion: 1,
    system: 'balena-os',
    machine: 'raspberrypi4-64',
    slug: 'raspberrypi4-64',
    version: '6.5.1',
    esr: false,
    source: { repository: 'acme/raspberrypi', sha: 'c'.repeat(40) },
    files: [file('VERSION')],
    ...change,
  };
}

function problemsOf(raw: unknown): readonly string[] {
  try {
    parseReleaseManifest(raw, 'release-manifest.json');
  } catch (error) {
    if (error instanceof OsrelError && error.kind === 'integrity')
      return error.problems.map(({ at, message }) => `${at}: ${message}`);
    throw error;
  }
  return [];
}

describe('release manifest', () => {
  it('reads what it writes, with and without the optional keys', () => {
    const full = manifest({
      planId: 'p1',
      builder: 'f'.repeat(64),
      source: {
        repository: 'acme/x',
        sha: 'd'.repeat(64),
        tree: 'e'.repeat(40),
        ref: 'v6.5.1',
        dirty: false,
        metaBalenaBase: '6.5.0',
      },
      files: [file('VERSION'), file('tools.docker', { role: 'extension', service: 'tools' })],
    });
    for (const one of [manifest(), full]) {
      expect(parseReleaseManifest(JSON.parse(renderReleaseManifest(one)), 'x')).toEqual(one);
    }
  });

  it('gives the same bytes whatever the order of files and keys', () => {
    const files = [file('b'), file('a')];
    const turned = Object.fromEntries(Object.entries(manifest({ files: files.toReversed() })).toReversed());
    expect(renderReleaseManifest(parseReleaseManifest(turned, 'x'))).toBe(
      renderReleaseManifest(manifest({ files })),
    );
  });

  it('lists files by name and ends with a newline', () => {
    const text = renderReleaseManifest(manifest({ files: [file('b'), file('a')] }));
    expect(text.indexOf('"a"')).toBeLessThan(text.indexOf('"b"'));
    expect(text.endsWith('}\n')).toBe(true);
  });

  it('reports every problem at once with its key', () => {
    const raw = {
      ...manifest(),
      schemaVersion: 2,
      slug: '',
      sourc: {},
      source: { repository: 'a', sha: 'abc' },
      files: [
        { ...file('../x'), sizeBytes: -1 },
        file('a'),
        file('a', { role: 'log' }),
        { ...file('d'), digest: 'sha256:1', rol: 1 },
      ],
    };
    const problems = problemsOf(raw).join('\n');
    for (const place of [
      'schemaVersion',
      'slug',
      'sourc: ',
      'source.sha',
      'files[0].name',
      'files[0].sizeBytes',
      'files[3].digest',
      'files[3].rol',
    ]) {
      expect(problems).toContain(`release-manifest.json: ${place}`);
    }
    expect(problems).toContain('did you mean "source"');
  });

  it('refuses a file that is listed twice', () => {
    expect(problemsOf(manifest({ files: [file('a'), file('b'), file('a')] }))).toEqual([
      'release-manifest.json: files[2].name: "a" is listed twice',
    ]);
  });

  it.each([null, 'text', [], {}])('refuses %j', (raw) => {
    expect(problemsOf(raw).length).toBeGreaterThan(0);
  });
});
