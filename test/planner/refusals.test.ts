import { describe, expect, it } from 'vitest';
import { check, passedChecks, release, SHA } from '../builders/facts.ts';
import { command, manual, planOf, pullRequest, refusalOf, tag } from '../builders/plan-of.ts';

const passed = { checks: passedChecks() };

describe('what the planner refuses before anything is built', () => {
  it('refuses a tag that disagrees with VERSION (W23)', async () => {
    const refusal = await refusalOf(tag('v6.5.2'), passed);
    expect(refusal).toMatchObject({ code: 'version.tag-mismatch', exitCode: 4 });
    expect(refusal.message).toContain('6.5.2');
    expect(refusal.message).toContain('6.5.1');
  });

  it('takes a tag and a VERSION that differ in padding only as equal', async () => {
    const plan = await planOf(tag('v2026.07.0'), { ...passed, version: '2026.7.0' });
    expect(plan.target.version).toBe('2026.7.0');
  });

  it.each([
    ['an ESR version on a rolling branch', manual(), { version: '2026.7.0' }],
    ['a rolling version on an ESR branch', manual({}, 'refs/heads/2026.7.x'), {}],
    ['an ESR version of another line', manual({}, 'refs/heads/2026.4.x'), { version: '2026.7.0' }],
    ['a pull request of an ESR version onto main', pullRequest(), { version: '2026.7.0' }],
    [
      'a release of an ESR version from branch main',
      command('release', { demandsEsr: true }),
      { version: '2026.7.0', branch: 'main' },
    ],
  ])('refuses %s (W44)', async (_, trigger, change) => {
    expect(await refusalOf(trigger, change)).toMatchObject({ code: 'version.esr-mismatch', exitCode: 4 });
  });

  it('refuses --esr for a version that is none, and an ESR version without it (W44)', async () => {
    expect(await refusalOf(command('release', { demandsEsr: true }), passed)).toMatchObject({
      code: 'version.not-esr',
      exitCode: 4,
    });
    expect(await refusalOf(command('release'), { version: '2026.7.0' })).toMatchObject({
      code: 'version.is-esr',
      exitCode: 4,
    });
  });

  it('refuses to release a dirty tree and names the paths', async () => {
    const refusal = await refusalOf(command('release'), {
      ...passed,
      dirtyPaths: ['layers/meta-balena', 'VERSION'],
    });
    expect(refusal).toMatchObject({ code: 'source.dirty', exitCode: 4 });
    expect(refusal.message).toContain('layers/meta-balena');
  });

  it('builds a dirty tree, says so and reuses nothing', async () => {
    const plan = await planOf(command('build'), { dirtyPaths: ['conf/local.conf'] });
    expect(plan.decisions).toContainEqual(expect.objectContaining({ rule: 'source.clean', outcome: 'warn' }));
    const build = plan.steps.find((step) => step.kind === 'build-service');
    expect(build?.with).toMatchObject({ sourceSha: null });
  });

  it('refuses a revision hole before building (W9)', async () => {
    const refusal = await refusalOf(tag('v6.5.1+rev2'), {
      ...passed,
      version: '6.5.1+rev2',
      releases: [release({ isFinal: true })],
    });
    expect(refusal).toMatchObject({ code: 'release.revision', exitCode: 7 });
  });

  it('refuses a version that is final from other source', async () => {
    const releases = [release({ isFinal: true, sourceSha: 'd'.repeat(40) })];
    expect(await refusalOf(tag('v6.5.1'), { ...passed, releases })).toMatchObject({
      code: 'release.final-exists',
      exitCode: 7,
    });
  });

  it('refuses a version whose tag names another commit', async () => {
    const change = { ...passed, versionTagSha: 'e'.repeat(40) };
    expect(await refusalOf(command('release'), change)).toMatchObject({
      code: 'version.tag-elsewhere',
      exitCode: 4,
    });
  });

  it('refuses a typed release whose tests failed, before building', async () => {
    const osrelYml = {
      tests: { matrix: [{ suite: 'smoke', lab: 'command', command: ['./smoke.sh'], results: 'tap' }] },
    };
    const refusal = await refusalOf(command('release'), { checks: [check('smoke', 'failure')] }, osrelYml);
    expect(refusal).toMatchObject({ code: 'evidence.failed', exitCode: 3 });
    expect(refusal.details.decisions).toBeDefined();
  });

  it('runs the configured suites before a typed release that has no evidence yet (W11, W12)', async () => {
    const osrelYml = {
      tests: { matrix: [{ suite: 'smoke', lab: 'command', command: ['./smoke.sh'], results: 'tap' }] },
    };
    const plan = await planOf(command('release'), {}, osrelYml);
    expect(plan.stages).toMatchObject({ test: 'run', finalize: 'run' });
    expect(plan.steps.find((step) => step.kind === 'verify-release')?.needs).toContain('test-smoke');
  });

  it('refuses osrel finalize without evidence, with code 3', async () => {
    const releases = [release({ mark: 'x', sourceSha: SHA })];
    expect(await refusalOf(command('finalize'), { releases })).toMatchObject({
      code: 'evidence.missing',
      exitCode: 3,
    });
  });

  it('refuses the esr stage for a draft (W7)', async () => {
    expect(await refusalOf(command('esr'), { version: '2026.7.0' })).toMatchObject({
      code: 'esr.draft',
      exitCode: 4,
    });
  });

  it.each(['test', 'deploy'] as const)('refuses %s without a build and names the command', async (stage) => {
    const refusal = await refusalOf(command(stage));
    expect(refusal).toMatchObject({ code: 'stage.unmet-needs', exitCode: 4 });
    expect(refusal.hint).toContain('osrel build');
  });

  it('refuses an application that nobody may make', async () => {
    const refusal = await refusalOf(tag('v6.5.1'), {
      ...passed,
      remote: {
        applicationExists: false,
        applicationIsPublic: null,
        applicationIsHost: null,
        createsMissing: false,
      },
    });
    expect(refusal).toMatchObject({ code: 'application.missing', exitCode: 4 });
    expect(refusal.hint).toContain('is_host: true');
  });

  it('never moves latest back (W6)', async () => {
    const plan = await planOf(tag('v6.5.1'), { ...passed, store: { latest: '6.6.0' } });
    expect(plan.steps.map((step) => step.kind)).not.toContain('move-latest');
    expect(plan.decisions).toContainEqual(expect.objectContaining({ rule: 'latest.order', outcome: 'skip' }));
  });

  it('has nothing to do for a release that is finished', async () => {
    const first = await planOf(tag('v6.5.1'), passed);
    const draft = first.steps.find((step) => step.kind === 'create-draft');
    const mark = draft === undefined ? '' : (draft.with as { mark: string }).mark;
    const manifest = 'f'.repeat(64);
    const plan = await planOf(tag('v6.5.1'), {
      ...passed,
      releases: [release({ isFinal: true, mark, sourceSha: SHA })],
      manifestOfRelease: { 7: manifest },
      store: { latest: '6.5.1', version: 'published', manifestSha256: manifest },
    });
    expect(plan.steps).toEqual([]);
    expect(plan.decisions).toContainEqual(expect.objectContaining({ rule: 'release.finished' }));
  });
});
