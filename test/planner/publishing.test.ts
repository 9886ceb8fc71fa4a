import { describe, expect, it } from 'vitest';
import { passedChecks, release, SHA } from '../builders/facts.ts';
import { command, planOf, refusalOf, tag } from '../builders/plan-of.ts';

const passed = { checks: passedChecks() };
const OTHER_SHA = 'c'.repeat(40);
const kindsOf = (plan: { readonly steps: readonly { readonly kind: string }[] }) =>
  plan.steps.map((step) => step.kind);

describe('an application that nobody here may make or change', () => {
  it.each([
    ['a rolling one that is not bootable', 'v6.5.1', { applicationIsHost: false }, 'is_host is false'],
    ['an ESR fleet without its policy', 'v2026.7.0', { applicationTags: {} }, 'release-policy is absent'],
    [
      'an ESR fleet with another policy',
      'v2026.7.0',
      { applicationTags: { 'release-policy': 'beta' } },
      '"beta", not "esr"',
    ],
  ] as const)('is refused before the build: %s', async (_, name, remote, words) => {
    const refusal = await refusalOf(tag(name), {
      ...passed,
      version: name.slice(1),
      remote: { createsMissing: false, ...remote },
    });
    expect(refusal).toMatchObject({ code: 'application.unfit', exitCode: 4 });
    expect(refusal.message).toContain(words);
  });
});

describe('the privacy of what is published', () => {
  it.each([
    ['private', 'unknown', true, 'private'],
    ['public', 'unknown', true, 'public'],
  ] as const)('is that of the device type: %s', async (privacy, _, isPublic, visibility) => {
    const plan = await planOf(tag('v6.5.1'), {
      ...passed,
      remote: { privacy, applicationIsPublic: isPublic, createsMissing: false },
    });
    const upload = plan.steps.find((step) => step.kind === 'upload-images');
    expect(upload?.with).toMatchObject({ visibility });
  });

  it.each([
    [true, 'public'],
    [false, 'private'],
  ] as const)('is that of the application where the backend keeps none: %s', async (isPublic, visibility) => {
    const plan = await planOf(tag('v6.5.1'), {
      ...passed,
      remote: { privacy: 'unknown', applicationIsPublic: isPublic, createsMissing: false },
    });
    for (const kind of ['open-upload', 'upload-images', 'move-latest'])
      expect(plan.steps.find((step) => step.kind === kind)?.with).toMatchObject({ visibility });
  });
});

describe('what was taken back', () => {
  it('is never released again under its version (I7)', async () => {
    const refusal = await refusalOf(tag('v6.5.1'), {
      ...passed,
      releases: [
        release({ isFinal: true, isInvalidated: true, tags: { 'osrel-withdrawn': 'loses the network' } }),
      ],
    });
    expect(refusal).toMatchObject({ code: 'release.withdrawn', kind: 'conflict' });
    expect(refusal.message).toContain('loses the network');
    const marked = await refusalOf(tag('v6.5.1'), { ...passed, store: { version: 'withdrawn' } });
    expect(marked).toMatchObject({ code: 'release.withdrawn' });
  });

  it('keeps latest where a rollback put it', async () => {
    const plan = await planOf(tag('v6.5.1'), {
      ...passed,
      store: { version: 'incomplete', isHeld: true, latest: '6.5.0' },
    });
    expect(kindsOf(plan)).toContain('publish-images');
    expect(kindsOf(plan)).not.toContain('move-latest');
    expect(plan.decisions).toContainEqual(expect.objectContaining({ rule: 'latest.held', outcome: 'skip' }));
  });
});

describe('a release of another version that is named', () => {
  const named = { id: 5, version: '6.5.0', sourceSha: OTHER_SHA };
  const draft = release({ id: 5, version: '6.5.0', rawVersion: '6.5.0-1795231799963', sourceSha: OTHER_SHA });

  it('is finalized as it is, by its own version, without a build (W10)', async () => {
    const plan = await planOf(command('finalize', { release: '5', force: { reason: 'tested by hand' } }), {
      named,
      versionTagSha: null,
      releases: [draft],
      manifestOfRelease: { 5: 'f'.repeat(64) },
      store: { version: 'incomplete' },
    });
    expect(plan.target.version).toBe('6.5.0');
    expect(plan.source.sha).toBe(OTHER_SHA);
    expect(kindsOf(plan)).toEqual(['verify-release', 'finalize-release', 'publish-images', 'move-latest']);
    expect(plan.steps[0]?.with).toMatchObject({ releaseId: 5, prefix: 'images/raspberrypi4-64/6.5.0' });
  });

  it('waits for the revision before it (W9)', async () => {
    const refusal = await refusalOf(
      command('finalize', { release: '5', force: { reason: 'tested by hand' } }),
      {
        named: { ...named, version: '6.5.0+rev2' },
        versionTagSha: null,
        releases: [release({ ...draft, version: '6.5.0+rev2' })],
        manifestOfRelease: { 5: 'f'.repeat(64) },
      },
    );
    expect(refusal).toMatchObject({ code: 'release.revision', kind: 'conflict' });
    expect(refusal.hint).toContain('finalize 6.5.0 first');
  });
});

describe('published files', () => {
  it('are opened for replacement only for the version that is named', async () => {
    const asked = { replacePublished: '6.5.1' };
    const deployable = { deployFolder: staged() };
    const plan = await planOf(command('deploy', asked), deployable);
    expect(plan.steps.find((step) => step.kind === 'open-upload')?.with).toMatchObject({ replace: true });
    const other = await refusalOf(command('deploy', { replacePublished: '6.5.0' }), deployable);
    expect(other).toMatchObject({ code: 'publish.replace-other', exitCode: 2 });
  });
});

function staged() {
  return { manifestSha256: 'e'.repeat(64), sourceSha: SHA, version: '6.5.1', dirty: false };
}
