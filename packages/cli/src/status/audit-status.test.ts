import { describe, expect, it } from 'vitest';
import { auditStatus } from './audit-status.ts';
import type { LineStatus, VersionStatus } from './read-status.ts';

function version(name: string, change: Partial<VersionStatus> = {}): VersionStatus {
  return {
    version: name,
    gitTag: `v${name}`,
    release: 'final',
    releaseIds: [1],
    draftIds: [],
    doubledIds: [],
    store: 'published',
    isLatest: false,
    ...change,
  };
}

function line(change: Partial<LineStatus>): LineStatus {
  const plain = {
    slug: 'pi',
    line: 'rolling',
    application: 'org/pi',
    applicationExists: true,
    latest: null,
    esrTags: null,
    versions: [],
  } as const;
  return { ...plain, ...change };
}

const messages = (status: LineStatus) => auditStatus(status).map(({ at, message }) => `${at} ${message}`);

describe('the audit', () => {
  it('is content with a final, tagged, published newest version that latest points to', () => {
    const versions = [version('6.5.1', { isLatest: true }), version('6.5.0')];
    expect(messages(line({ latest: '6.5.1', versions }))).toEqual([]);
    expect(messages(line({}))).toEqual([]);
  });

  it.each([
    ['a final release without a tag', { gitTag: null }, 'no git tag'],
    ['a final release without images', { store: 'none' }, 'not in the object store'],
    ['a final release with half its images', { store: 'incomplete' }, 'only half uploaded'],
    [
      'one release that was made twice',
      { release: 'draft', releaseIds: [3, 4], draftIds: [3, 4], doubledIds: [3, 4], store: 'none' },
      'was made 2 times: 3, 4',
    ],
    ['published images without a release', { release: 'none', releaseIds: [] }, 'no release'],
    ['a withdrawn version that readers still see', { release: 'withdrawn', releaseIds: [] }, 'was withdrawn'],
  ] as const)('names %s', (_name, change, text) => {
    expect(messages(line({ versions: [version('6.5.1', change)] })).join('\n')).toContain(text);
  });

  it.each([
    ['behind', '6.5.0', [version('6.5.1'), version('6.5.0', { isLatest: true })], '6.5.1 is newer'],
    ['unknown', '7.0.0', [version('6.5.1')], 'which no side knows'],
    ['a draft', '6.5.1', [version('6.5.1', { isLatest: true, release: 'draft' })], 'its release is a draft'],
    ['missing', null, [version('6.5.1')], 'points nowhere'],
  ] as const)('names a latest that is %s', (_name, latest, versions, text) => {
    expect(messages(line({ latest, versions })).join('\n')).toContain(text);
  });

  it('checks the three ESR tags against releases and their order', () => {
    const versions = [version('2026.7.0'), version('2026.4.0')];
    const audit = (next: string | null, current: string | null, sunset: string | null) =>
      messages(
        line({
          line: 'esr',
          esrTags: { next, current, sunset },
          latest: '2026.7.0',
          versions: [version('2026.7.0', { isLatest: true }), ...versions.slice(1)],
        }),
      );
    expect(audit('2026.7.x', '2026.4.x', null)).toEqual([]);
    expect(audit('2026.4.x', '2026.7.x', null).join()).toContain('not in the order');
    expect(audit('2026.10.x', '2026.7.x', '2026.4.x').join()).toContain('has no final release');
    expect(audit('soon', null, null).join()).toContain('no ESR line');
  });
});
