import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseOsVersion } from './os-version.ts';
import { assignRevision, checkRevision, type FinalVersion } from './revision-rule.ts';

const finals = (...texts: readonly string[]): readonly FinalVersion[] =>
  texts.map((rawVersion) => ({ rawVersion }));
const check = (version: string, ...existing: readonly string[]) =>
  checkRevision({ version: parseOsVersion(version), finals: finals(...existing) });
const assign = (version: string, ...existing: readonly string[]) =>
  assignRevision({ version: parseOsVersion(version), finals: finals(...existing) });

describe('checkRevision', () => {
  it('accepts the first release of a version with revision 0', () => {
    expect(check('6.5.1')).toEqual({ kind: 'ok', revision: 0 });
    expect(check('6.5.1+rev0')).toEqual({ kind: 'ok', revision: 0 });
  });

  it('accepts the revision after the highest final one', () => {
    expect(check('7.4.0+rev7', '7.4.0', '7.4.0+rev6', '7.4.0+rev3')).toEqual({ kind: 'ok', revision: 7 });
  });

  it('reports a hole and the release that has to be finalized first', () => {
    const result = check('6.5.1+rev4', '6.5.1', '6.5.1+rev1', '6.5.1+rev2');
    expect(result).toMatchObject({ kind: 'conflict', expected: 3, asked: 4 });
    if (result.kind !== 'conflict') return;
    expect(result.because).toContain('6.5.1+rev3 is not final yet');
    expect(result.fix).toBe('finalize 6.5.1+rev3 first, then 6.5.1+rev4');
  });

  it('names the plain version when even that is not final', () => {
    expect(check('6.5.1+rev1')).toMatchObject({
      expected: 0,
      asked: 1,
      fix: 'finalize 6.5.1 first, then 6.5.1+rev1',
    });
  });

  it('reports a revision that is final already and the next free one', () => {
    const result = check('6.5.1+rev1', '6.5.1', '6.5.1+rev1');
    expect(result).toMatchObject({
      kind: 'conflict',
      expected: 2,
      asked: 1,
      fix: 'release it as 6.5.1+rev2',
    });
  });

  it('refuses a plain version a second time, although the server would take it as +rev1', () => {
    expect(check('6.5.1', '6.5.1')).toMatchObject({ kind: 'conflict', expected: 1, asked: 0 });
    expect(assign('6.5.1', '6.5.1')).toEqual({ kind: 'assigned', revision: 1, rawVersion: '6.5.1+rev1' });
  });

  it('keeps prereleases apart from the release and from each other', () => {
    expect(check('6.5.1-rc.1', '6.5.1', '6.5.1-rc.2')).toEqual({ kind: 'ok', revision: 0 });
    expect(check('6.5.1', '6.5.1-rc.1')).toEqual({ kind: 'ok', revision: 0 });
    expect(check('6.5.1-rc.1+rev1', '6.5.1-rc.1')).toEqual({ kind: 'ok', revision: 1 });
  });

  it('counts other build metadata to the same version', () => {
    expect(check('6.5.1', '6.5.1+nightly')).toMatchObject({ kind: 'conflict', expected: 1 });
    expect(check('6.5.1+rev2.more', '6.5.1', '6.5.1+nightly.rev1')).toEqual({ kind: 'ok', revision: 2 });
  });

  it('takes finals by semver and revision as well', () => {
    const existing: readonly FinalVersion[] = [
      { semver: '6.5.1', revision: 0 },
      { semver: '6.5.1', revision: 1 },
    ];
    expect(checkRevision({ version: parseOsVersion('6.5.1+rev2'), finals: existing })).toEqual({
      kind: 'ok',
      revision: 2,
    });
  });

  it('treats an ESR version as the server does, and asks for a new patch when it is final', () => {
    expect(check('2026.7.0', '2026.4.0')).toEqual({ kind: 'ok', revision: 0 });
    expect(check('2026.07.0', '2026.7.0')).toMatchObject({
      kind: 'conflict',
      expected: 1,
      asked: 0,
      fix: 'release a new patch, such as 2026.7.1',
    });
  });

  it('passes over finals that are no semver: they share no key', () => {
    expect(check('2022.1.0', '2022.01.0', 'latest', '')).toEqual({ kind: 'ok', revision: 0 });
  });
});

describe('assignRevision', () => {
  it('rejects a revision that is not the next one', () => {
    expect(assign('6.5.1+rev2', '6.5.1')).toEqual({ kind: 'rejected', expected: 1, asked: 2 });
    expect(assign('6.5.1+rev0', '6.5.1')).toEqual({ kind: 'rejected', expected: 1, asked: 0 });
  });

  it('writes the revision into the raw version only when it is not there and not 0', () => {
    expect(assign('6.5.1')).toMatchObject({ rawVersion: '6.5.1' });
    expect(assign('6.5.1+rev1', '6.5.1')).toMatchObject({ rawVersion: '6.5.1+rev1' });
    expect(assign('6.5.1+nightly', '6.5.1')).toMatchObject({ rawVersion: '6.5.1+nightly.rev1' });
  });

  it('numbers releases of one version without holes, whatever is asked in between', () => {
    fc.assert(
      fc.property(fc.array(fc.option(fc.nat({ max: 6 })), { maxLength: 12 }), (wishes) => {
        const raws: string[] = [];
        for (const wish of wishes) {
          const result = assign(wish === null ? '6.5.1' : `6.5.1+rev${wish}`, ...raws);
          if (result.kind === 'rejected') expect(result.expected).toBe(raws.length);
          else expect(result.revision).toBe(raws.length);
          if (result.kind === 'assigned') raws.push(result.rawVersion);
        }
      }),
    );
  });
});
