import { evidencePolicyFor } from '../../config/evidence-policy.ts';
import { testsFailed } from '../../errors/osrel-error.ts';
import type { Decision } from '../../plan/plan.ts';
import type { HostappRelease } from '../../ports/hostapp-releases.ts';
import type { EventPolicyChoice } from './event-policy.ts';
import { judgeEvidence } from './judge-evidence.ts';
import type { SettledBase } from './situation.ts';
import { isStagedFromSource } from './staged-source.ts';

/** A typed release tests first when the tests of its commit are not known; known ones are never run again (seed, step 7). */
export function settleTests(
  base: SettledBase,
  policy: EventPolicyChoice,
  own: HostappRelease | null,
): { readonly run: boolean; readonly first: boolean; readonly decision: Decision } {
  const { trigger, config } = base;
  const policyDecision = policy.decisions.find((decision) => decision.rule === 'event.run-tests');
  const asDecided = policyDecision ?? {
    rule: 'event.run-tests',
    outcome: 'no',
    because: 'nothing asks for tests',
  };
  if (policy.wants['run-tests'] && config.tests.matrix.length === 0) {
    const because = 'tests.matrix in osrel.yml is empty: there is no suite to run';
    return { run: false, first: false, decision: { ...asDecided, outcome: 'no', because, stage: 'test' } };
  }
  const isRelease =
    trigger.kind === 'command' &&
    trigger.command === 'release' &&
    trigger.force === null &&
    trigger.stages.includes('test');
  const mayTest =
    isRelease && config.tests.finalizeWhenPassed && config.tests.matrixIsConfigured && own?.isFinal !== true;
  if (!mayTest) {
    return {
      run: policy.wants['run-tests'],
      first: policy.wants['run-tests'],
      decision: { ...asDecided, stage: 'test' },
    };
  }
  const { facts } = base;
  const asked = evidencePolicyFor(config, facts.deviceType.fileBaseName);
  const verdict = judgeEvidence({
    tests: config.tests,
    policy: asked,
    evidence: facts.evidence,
    manifestSha256: stagedManifest(base, policy),
    now: facts.now,
  });
  if (verdict.kind === 'failed') {
    throw testsFailed(
      'evidence.failed',
      `${base.target.application} ${base.versionText} cannot be released: ${verdict.because}`,
      {
        hint: 'mend what failed and merge that; or make a draft with: osrel deploy; or overrule: osrel release --force-finalize --reason TEXT',
        details: { trace: base.facts.evidence.trace },
      },
    );
  }
  const covered =
    asked.required.length > 0 &&
    asked.required.every((suite) => config.tests.matrix.some((entry) => entry.suite === suite));
  if (verdict.kind === 'passed' || !covered) {
    const because =
      verdict.kind === 'passed'
        ? `not run again: ${verdict.because}`
        : 'a required suite is in no matrix entry, so running the matrix could not prove this release';
    return {
      run: false,
      first: false,
      decision: { rule: 'event.run-tests', outcome: 'no', because, stage: 'test' },
    };
  }
  return {
    run: true,
    first: true,
    decision: {
      rule: 'event.run-tests',
      outcome: 'yes',
      because: `no evidence yet (${verdict.because}): the suites run before finalization`,
      stage: 'test',
    },
  };
}

/**
 * Digest of the manifest of the bytes that are released, where they are known before anything runs: those adopted, or
 * staged ones of this source. A build makes new bytes of another commit, even where its tree is the same.
 */
export function stagedManifest(base: SettledBase, { wants }: EventPolicyChoice): string | null {
  if (base.adopted !== undefined) return base.adopted.manifestSha256;
  const staged = base.facts.deployFolder;
  if (staged === null || staged.dirty) return null;
  const isThis = wants.build ? staged.sourceSha === base.sourceSha : isStagedFromSource(base);
  return isThis ? staged.manifestSha256 : null;
}
