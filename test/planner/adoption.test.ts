import type { BalenaOsFacts, Plan, TestReceipt, Trigger } from '@osrel/core';
import { describe, expect, it } from 'vitest';
import { sampleReceipt } from '../../packages/core/src/model/test-sample-receipt.ts';
import { check, type FactsChange, passedChecks, release, SHA, TREE } from '../builders/facts.ts';
import { command, manual, planOf, pullRequest, tag } from '../builders/plan-of.ts';

const MANIFEST = 'e'.repeat(64);
const PREVIEW = '9'.repeat(40);
const OTHER_TREE = '0'.repeat(40);
const KEEP = { artifacts: { keep: true } };

type KeptBuild = NonNullable<BalenaOsFacts['artifacts']>['kept'][number];

/** The builder of a plan without any wish, as its build writes it down. */
async function builderOf(change: FactsChange = {}): Promise<string> {
  const { steps } = await planOf(pullRequest(), { tree: TREE, ...change });
  const staging = steps.find(({ kind }) => kind === 'stage-files')?.with;
  return String((staging as { readonly builder?: string }).builder);
}

async function keptBuild(change: Partial<KeptBuild> = {}, builder?: string): Promise<KeptBuild> {
  const own = builder ?? (await builderOf());
  return {
    prefix: `artifacts/raspberrypi4-64/6.5.1/${TREE}/${own.slice(0, 16)}`,
    tree: TREE,
    manifest: { sha256: MANIFEST, builder: own, sourceSha: PREVIEW },
    defect: null,
    ...change,
  };
}

function receipts(change: Partial<TestReceipt> = {}): readonly TestReceipt[] {
  return ['os', 'cloud', 'hup'].map((suite) =>
    sampleReceipt({
      entry: suite,
      suite,
      slug: 'raspberrypi4-64',
      sourceSha: PREVIEW,
      manifestSha256: MANIFEST,
      finishedAt: '2026-06-30T08:00:00.000Z',
      ...change,
    }),
  );
}

async function planKept(
  change: FactsChange & { readonly kept?: readonly KeptBuild[] } = {},
  trigger: Trigger = tag('v6.5.1'),
  osrelYml?: unknown,
): Promise<Plan> {
  const kept = change.kept ?? [await keptBuild()];
  const artifacts = { deployFolderDefects: null, kept };
  return planOf(trigger, { tree: TREE, receipts: receipts(), artifacts, ...change }, osrelYml);
}

const decisionOf = (plan: Plan, rule = 'build.adopt') =>
  plan.decisions.find((decision) => decision.rule === rule);
const stepsOf = (plan: Plan) => plan.steps.map(({ id }) => id);

/** The build is planned, and the decision says why in these words. */
function expectBuilt(plan: Plan, because: string): void {
  expect(decisionOf(plan)).toMatchObject({ outcome: 'build', stage: 'build' });
  expect(decisionOf(plan)?.because).toContain(because);
  expect(stepsOf(plan)).toContain('build-hostapp');
  expect(stepsOf(plan)).not.toContain('adopt-artifacts');
}

describe('adopting tested bytes', () => {
  it.each([
    ['a tag', tag('v6.5.1')],
    ['osrel release', command('release')],
  ])('takes the place of the build for %s', async (_, trigger) => {
    const plan = await planKept({}, trigger);
    expect(decisionOf(plan)).toMatchObject({ outcome: 'adopt', origin: 'default' });
    expect(stepsOf(plan).slice(0, 2)).toEqual(['check-source', 'adopt-artifacts']);
    expect(plan.steps.filter(({ stage }) => stage === 'build')).toHaveLength(2);
    expect(plan.stages).toMatchObject({ build: 'run', test: 'skip', deploy: 'run', finalize: 'run' });
    const adopting = plan.steps.find(({ id }) => id === 'adopt-artifacts');
    const { prefix } = await keptBuild();
    expect(adopting?.with).toEqual({
      prefix,
      slug: 'raspberrypi4-64',
      version: '6.5.1',
      manifestSha256: MANIFEST,
    });
  });

  it('finalizes by the evidence of these very bytes, under the mark of the tag', async () => {
    const plan = await planKept();
    expect(decisionOf(plan, 'finalize.evidence')).toMatchObject({ outcome: 'final' });
    expect(decisionOf(plan, 'finalize.evidence')?.because).toContain('on these very bytes');
    expect(plan.steps.find(({ id }) => id === 'create-draft')?.with).toMatchObject({ sourceSha: SHA });
  });

  it('needs no download where the deploy folder holds the bytes', async () => {
    const deployFolder = {
      manifestSha256: MANIFEST,
      sourceSha: PREVIEW,
      version: '6.5.1',
      dirty: false,
      tree: TREE,
      builder: await builderOf(),
    };
    const artifacts = { deployFolderDefects: [], kept: [] };
    const plan = await planKept({ deployFolder, artifacts });
    expect(plan.steps.find(({ id }) => id === 'adopt-artifacts')?.with).toMatchObject({ prefix: null });
    const damaged = { ...artifacts, deployFolderDefects: ['VERSION is missing'] };
    expectBuilt(await planKept({ deployFolder, artifacts: damaged }), 'is damaged: VERSION is missing');
    const withStore = { ...damaged, kept: [await keptBuild()] };
    const fetched = await planKept({ deployFolder, artifacts: withStore });
    expect(decisionOf(fetched)?.because).toContain('artifacts/raspberrypi4-64');
    const unseen = await planKept({ deployFolder, artifacts: { ...artifacts, deployFolderDefects: null } });
    expectBuilt(unseen, 'nobody looked at its files');
    const dirty = await planKept({ deployFolder: { ...deployFolder, dirty: true }, artifacts });
    expectBuilt(dirty, 'was built from other source: uncommitted changes');
  });

  it('builds when it is switched off', async () => {
    const plan = await planKept({}, tag('v6.5.1'), { artifacts: { adopt: false } });
    expect(decisionOf(plan)).toMatchObject({ outcome: 'off', stage: 'build' });
    expect(decisionOf(plan)?.because).toContain('is switched off');
    expect(decisionOf(plan)?.origin).not.toBe('default');
    expect(stepsOf(plan)).toContain('build-hostapp');
  });

  it('builds when nothing was kept', async () => {
    expectBuilt(
      await planKept({ kept: [] }),
      'no build of 6.5.1 is kept in artifacts/raspberrypi4-64/6.5.1/ or lies in the deploy folder',
    );
  });

  it('builds when the credentials may not look', async () => {
    const artifacts = {
      deployFolderDefects: null,
      kept: [],
      refusal: 'the store refuses to list artifacts/',
    };
    expectBuilt(
      await planKept({ artifacts }),
      'nobody could look into artifacts/raspberrypi4-64/6.5.1/: the store',
    );
  });

  it('builds when only other source was kept', async () => {
    const other = await keptBuild({ tree: OTHER_TREE, manifest: null });
    expectBuilt(await planKept({ kept: [other] }), 'was built from other source: tree 000000000');
  });

  it('builds when another builder made it', async () => {
    const plan = await planKept({ kept: [await keptBuild({}, 'a'.repeat(64))] });
    expectBuilt(plan, 'of this tree but of another builder (aaaaaaaaa, this is ');
    const development = await planKept({}, tag('v6.5.1'), { build: { 'development-image': true } });
    expectBuilt(development, 'of another builder');
  });

  it('builds when what was kept is damaged or was cut short', async () => {
    const broken = await keptBuild({ defect: 'VERSION is missing' });
    expectBuilt(await planKept({ kept: [broken] }), 'is damaged: VERSION is missing');
    const cut = await keptBuild({
      manifest: null,
      defect: 'it has no release manifest: keeping it was cut short',
    });
    expectBuilt(await planKept({ kept: [cut] }), 'keeping it was cut short');
  });

  it('builds when no evidence is about it', async () => {
    expectBuilt(await planKept({ receipts: [] }), 'no run was found');
    const elsewhere = receipts({ manifestSha256: '2'.repeat(64) });
    expectBuilt(await planKept({ receipts: elsewhere }), 'nothing proves the build');
    const failed = [...receipts({ verdict: 'failed' }).slice(0, 1), ...receipts().slice(1)];
    expectBuilt(await planKept({ receipts: failed }), 'os: failed on these very bytes');
  });

  it('counts checks of the pull request only where they are tied to these bytes', async () => {
    const untied = await planKept({ receipts: [], checks: passedChecks() });
    expectBuilt(untied, 'neither a receipt nor a draft says that it was about these bytes');
    const draft = {
      receipts: [],
      checks: passedChecks(),
      releases: [release({ sourceSha: PREVIEW })],
      manifestOfRelease: { '7': MANIFEST },
    };
    expect(decisionOf(await planKept(draft))).toMatchObject({ outcome: 'adopt' });
    const red = { ...draft, checks: [check('os', 'failure'), ...passedChecks().slice(1)] };
    expectBuilt(await planKept(red), 'os: failure');
    const partly = await planKept({ checks: passedChecks(), receipts: receipts().slice(0, 1) });
    expect(decisionOf(partly)).toMatchObject({ outcome: 'adopt' });
  });

  it('leaves other events and saved facts of an earlier osrel alone', async () => {
    expect(decisionOf(await planKept({}, manual({ deployHostapp: true })))).toBeUndefined();
    expect(decisionOf(await planKept({}, command('build')))).toBeUndefined();
    expect(decisionOf(await planOf(tag('v6.5.1'), { checks: passedChecks() }))).toBeUndefined();
  });
});

describe('keeping what a pull request built', () => {
  const SMOKE = {
    ...KEEP,
    tests: { matrix: [{ suite: 'smoke', lab: 'command', command: ['./smoke.sh'], results: 'tap' }] },
  };

  it('waits for its suites, and is looked for under tree and builder', async () => {
    const plan = await planOf(pullRequest(), { tree: TREE }, SMOKE);
    const keeping = plan.steps.find(({ kind }) => kind === 'keep-artifacts');
    expect(keeping?.needs).toContain('test-smoke');
    const { prefix } = await keptBuild();
    expect(keeping?.with).toMatchObject({ prefix });
    expect(decisionOf(plan, 'artifacts.keep')).toMatchObject({ outcome: 'keep' });
  });

  it('makes no test stage of its own where nothing is tested', async () => {
    const untested = { ...KEEP, tests: { matrix: [] } };
    const plan = await planOf(pullRequest(), { tree: TREE }, untested);
    expect(plan.stages.test).toBe('skip');
    expect(plan.steps.find(({ id }) => id === 'keep-artifacts')).toMatchObject({
      stage: 'build',
      needs: ['stage-files'],
    });
  });

  it('is off by default', async () => {
    expect(stepsOf(await planOf(pullRequest(), { tree: TREE }))).not.toContain('keep-artifacts');
  });

  it.each<[string, Trigger, FactsChange, string]>([
    ["a fork's pull request", pullRequest({ origin: 'fork' }), { tree: TREE }, 'of a fork'],
    ['uncommitted changes', pullRequest(), { tree: TREE, dirtyPaths: ['layers/x'] }, 'uncommitted changes'],
    ['facts without the tree', pullRequest(), {}, 'do not tell the source tree'],
  ])('leaves out %s', async (_, trigger, change, because) => {
    const plan = await planOf(trigger, change, KEEP);
    expect(stepsOf(plan)).not.toContain('keep-artifacts');
    expect(decisionOf(plan, 'artifacts.keep')).toMatchObject({
      outcome: 'no',
      because: expect.stringContaining(because),
    });
  });

  it('is nothing that a tag does', async () => {
    const plan = await planOf(tag('v6.5.1'), { tree: TREE, checks: passedChecks() }, KEEP);
    expect(stepsOf(plan)).not.toContain('keep-artifacts');
  });
});

describe('a deploy folder of the same tree', () => {
  const deployFolder = { manifestSha256: MANIFEST, sourceSha: PREVIEW, version: '6.5.1', dirty: false };

  it('counts for a stage that needs a build, whatever commit it was built from', async () => {
    const plan = await planOf(command('deploy'), {
      tree: TREE,
      deployFolder: { ...deployFolder, tree: TREE },
    });
    expect(stepsOf(plan)).toContain('create-draft');
    await expect(
      planOf(command('deploy'), { tree: TREE, deployFolder: { ...deployFolder, tree: OTHER_TREE } }),
    ).rejects.toMatchObject({ code: 'stage.unmet-needs' });
  });

  it('is no evidence for a build that will be made anew', async () => {
    const change = { tree: TREE, deployFolder: { ...deployFolder, tree: TREE }, receipts: receipts() };
    const plan = await planOf(tag('v6.5.1'), change);
    expect(stepsOf(plan)).toContain('build-hostapp');
    expect(decisionOf(plan, 'finalize.evidence')).toMatchObject({ outcome: 'draft' });
  });
});
