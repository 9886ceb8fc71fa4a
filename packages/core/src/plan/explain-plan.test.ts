import { describe, expect, it } from 'vitest';
import { explainPlan } from './explain-plan.ts';
import { explainTrigger } from './explain-trigger.ts';
import { linkPlan } from './link-plan.ts';
import type { Plan, Step } from './plan.ts';
import { NO_RETRY } from './step-ref.ts';
import { wrapText } from './wrap-text.ts';

function step(id: string, differing: Partial<Step>): Step {
  const common = { kind: 'toy', stage: 'build', needs: [], writes: false, summary: id, with: {} } as const;
  return { ...common, id, retry: NO_RETRY, timeoutMs: null, ...differing };
}

function planOf(steps: readonly Step[]): Plan {
  return linkPlan({
    system: 'balena-os',
    environment: 'balena-cloud.com',
    target: { machine: 'raspberrypi4-64', slug: 'raspberrypi4-64', version: '6.5.1', esr: false },
    trigger: {
      kind: 'tag',
      repository: 'balena-os/balena-raspberrypi',
      tag: 'v6.5.1',
      sha: '0123456789abcdef0123456789abcdef01234567',
    },
    source: { sha: '0123456789abcdef0123456789abcdef01234567', repository: 'balena-os/balena-raspberrypi' },
    stages: { build: 'run', test: 'skip', deploy: 'run', finalize: 'run', esr: 'skip' },
    steps,
    decisions: [
      {
        rule: 'event.build',
        outcome: 'run',
        because: 'a new tag is built',
        stage: 'build',
        origin: 'default',
      },
      {
        rule: 'event.run-tests',
        outcome: 'skip',
        because: 'a new tag runs no suites: the merge commit was tested',
        stage: 'test',
        origin: 'osrel.yml: events.tag.run-tests',
        change: 'osrel test --machine raspberrypi4-64',
      },
      {
        rule: 'finalize.evidence',
        outcome: 'final',
        because: 'os, cloud and hup passed on pull request #12',
        stage: 'finalize',
      },
      { rule: 'esr.version', outcome: 'skip', because: '6.5.1 is no ESR version', stage: 'esr' },
      { rule: 'release.privacy', outcome: 'run', because: 'raspberrypi4-64 is public', origin: 'default' },
    ],
  });
}

const plan = planOf([
  step('check-source', { summary: 'check that the source is still at 0123456' }),
  step('build-balena-image', {
    summary:
      'build balena-image for raspberrypi4-64 with barys, with the arguments --shared-downloads and --shared-sstate',
    needs: ['check-source'],
    writes: true,
  }),
  step('upload-images', {
    stage: 'deploy',
    summary: 'upload 14 files',
    needs: ['build-balena-image'],
    writes: true,
  }),
]);

describe('explainPlan', () => {
  it('shows what will happen, stage by stage, and why', () => {
    expect(explainPlan(plan).replace(plan.planId.slice(0, 12), '<plan id>')).toMatchInlineSnapshot(`
      "machine       raspberrypi4-64
      version       6.5.1
      environment   balena-cloud.com
      triggered by  tag v6.5.1 of balena-os/balena-raspberrypi
      source        0123456789abcdef0123456789abcdef01234567 of balena-os/balena-raspberrypi
      plan          <plan id> (balena-os)

      [x] build: run, 2 steps
          - a new tag is built
            event.build: run, set by default
          1. check-source         check that the source is still at 0123456
          2. build-balena-image * build balena-image for raspberrypi4-64 with barys, with the arguments
                                  --shared-downloads and --shared-sstate (after check-source)

      [ ] test: skip
          - a new tag runs no suites: the merge commit was tested
            event.run-tests: skip, set by osrel.yml: events.tag.run-tests
            to change it: osrel test --machine raspberrypi4-64

      [x] deploy: run, 1 step
          3. upload-images * upload 14 files (after build-balena-image)

      [x] finalize: run, nothing left to do
          - os, cloud and hup passed on pull request #12
            finalize.evidence: final

      [ ] esr: skip
          - 6.5.1 is no ESR version
            esr.version: skip

      other decisions
          - raspberrypi4-64 is public
            release.privacy: run, set by default

      * changes something; the other steps only read
      "
    `);
  });

  it('keeps every line within 100 columns, whatever the lengths', () => {
    const long = 'word '.repeat(80) + 'x'.repeat(250);
    const id = 'i'.repeat(80);
    const text = explainPlan(
      planOf([step('a', { summary: long }), step(id, { summary: long, needs: ['a'] })]),
    );

    expect(Math.max(...text.split('\n').map(({ length }) => length))).toBeLessThanOrEqual(100);
    expect(text.match(/x/g)?.length).toBeGreaterThanOrEqual(500);
  });

  it('numbers the steps through all stages', () => {
    expect(explainPlan(plan)).toMatch(/1\. check-source.*2\. build-balena-image.*3\. upload-images/s);
  });

  it('lets no name move the cursor', () => {
    const text = explainPlan(planOf([step('a', { summary: 'build \u001b[2Jbranch\u202egnp.exe\r\nnext' })]));

    expect(text).toContain('build [2Jbranchgnp.exe next');
  });

  it('does not explain marks that it does not use', () => {
    expect(explainPlan(planOf([step('a', {})]))).not.toContain('*');
  });
});

describe('explainTrigger', () => {
  const own = { repository: 'o/r', sha: 'a' };
  const pull = { number: 7, title: null, headSha: 'b', headRef: 'h', baseRef: 'main', carriesSecrets: false };
  const command = { repository: null, stages: [], demandsEsr: false, release: null };

  it.each([
    [
      explainTrigger({ ...own, ...pull, kind: 'pull-request', origin: 'fork' }),
      'pull request #7 of o/r, from a fork',
    ],
    [explainTrigger({ ...own, ...pull, kind: 'pull-request', origin: 'own' }), 'pull request #7 of o/r'],
    [explainTrigger({ ...own, kind: 'branch', branch: 'main' }), 'push to branch main of o/r'],
    [explainTrigger({ ...own, kind: 'schedule', ref: 'main' }), 'schedule on main of o/r'],
    [
      explainTrigger({ ...own, kind: 'manual', ref: 'main', actor: null, request: { forceFinalize: false } }),
      'manual dispatch by someone unknown on main of o/r',
    ],
    [
      explainTrigger({ ...command, kind: 'command', command: 'release', force: { reason: 'hotfix' } }),
      'the command osrel release, forced: hotfix',
    ],
    [explainTrigger({ ...command, kind: 'command', command: 'esr', force: null }), 'the command osrel esr'],
    [
      explainTrigger({ kind: 'nothing', repository: null, because: 'a label was added' }),
      'nothing to do: a label was added',
    ],
  ])('says %s', (text, expected) => {
    expect(text).toBe(expected);
  });
});

describe('wrapText', () => {
  it('breaks at blanks, never beyond the width, and cuts what is longer', () => {
    expect(wrapText('one two  three', 7)).toEqual(['one two', 'three']);
    expect(wrapText('abcdefgh ij', 3)).toEqual(['abc', 'def', 'gh', 'ij']);
    expect(wrapText(' \n ', 10)).toEqual([]);
  });
});
