import { evidencePolicyFor } from '../../config/evidence-policy.ts';
import { refused } from '../../errors/osrel-error.ts';
import { formatOsVersion, type OsVersion } from '../../model/os-version.ts';
import type { Decision } from '../../plan/plan.ts';
import type { PlanRequest } from '../../plan-release-types.ts';
import type { HostappRelease } from '../../ports/hostapp-releases.ts';
import { organizationOf } from './environment-of.ts';
import { chooseActions, type EventPolicyChoice } from './event-policy.ts';
import { evidenceRefusal } from './evidence-refusal.ts';
import type { BalenaOsFacts } from './facts.ts';
import { decideFinalization, type Finalization } from './finalization.ts';
import { checkPublishable, visibilityOf } from './publish-rules.ts';
import { namesOf } from './release-names.ts';
import { releaseMark, releaseTargetOf } from './release-target.ts';
import { settleAdoption, settleKeeping } from './settle-artifacts.ts';
import { settleTests, stagedManifest } from './settle-tests.ts';
import type { ReleaseWants, SettledBase, Situation } from './situation.ts';
import { checkEsrAgreement, checkSource, resolveVersion, sourceShaOf } from './version-rules.ts';
import { planTargetOf, withDecisions } from './with-decisions.ts';

export interface Settled {
  readonly situation: Situation;
  readonly decisions: readonly Decision[];
}

/**
 * Settles everything that has to be known before steps are laid out: version, target, what the event asks for, whether
 * the release may become final. Rules that say no throw here, before anything is built.
 */
export function settleSituation(facts: BalenaOsFacts, request: PlanRequest): Settled {
  const { trigger, config } = request;
  const version = resolveVersion(facts, trigger);
  const policy = chooseActions(trigger, version.kind === 'esr', config);
  const target = planTargetOf(facts.deviceType, version);
  return withDecisions({ target, decisions: policy.decisions }, () => {
    if (facts.named === undefined) checkEsrAgreement(version, trigger, facts.source.branch);
    const plain = settleBase(facts, request, { version, policy });
    const own = findOwn(facts, plain.mark, trigger);
    const adoption = settleAdoption(plain, policy, own);
    const base = { ...plain, adopted: adoption.adopted };
    const keeping = settleKeeping(base, policy, hasStore(base));
    const tests = settleTests(base, policy, own);
    const finalization = settleFinalization(base, { policy, own, testsRunFirst: tests.run && tests.first });
    const wants: ReleaseWants = {
      build: policy.wants.build,
      tests: tests.run,
      keep: keeping.keep,
      hostapp: policy.wants['deploy-hostapp'],
      store: policy.wants['deploy-s3'] && hasStore(base),
      finalize: policy.wants['finalize-hostapp'] && finalization.outcome === 'final',
      esr: policy.wants['deploy-esr'] && version.kind === 'esr',
    };
    const situation: Situation = { ...base, wants, finalization, own };
    const decisions = [
      ...policy.decisions.filter((decision) => decision.rule !== 'event.run-tests'),
      ...adoption.decisions,
      tests.decision,
      ...keeping.decisions,
      ...(policy.wants['deploy-s3'] && !hasStore(base) ? [noStore(base)] : []),
      ...base.sourceDecisions,
      ...checkPublishable(situation),
      ...(policy.wants['finalize-hostapp'] ? [finalizationDecision(finalization)] : []),
    ];
    return { situation, decisions };
  });
}

/** A remote environment may be for hostapps alone. */
function hasStore({ config, environment }: Pick<SettledBase, 'config' | 'environment'>): boolean {
  const chosen = config.environments[environment];
  return chosen?.kind === 'local' || (chosen !== undefined && chosen.store.bucket !== null);
}

function noStore({ environment }: Pick<SettledBase, 'environment'>): Decision {
  return {
    rule: 'store.configured',
    outcome: 'no',
    because: `environment "${environment}" names no object store, so no images are uploaded`,
    stage: 'deploy',
    change: `name its bucket in osrel.yml: environments.${environment}.store: {bucket: NAME}`,
  };
}

function settleBase(
  facts: BalenaOsFacts,
  request: PlanRequest,
  { version, policy }: { readonly version: OsVersion; readonly policy: EventPolicyChoice },
): SettledBase {
  const { trigger, config, environment } = request;
  const { wants } = policy;
  const publishes =
    wants['deploy-hostapp'] || wants['deploy-s3'] || wants['finalize-hostapp'] || wants['deploy-esr'];
  const target = releaseTargetOf(facts.deviceType, version, organizationOf(request));
  const sourceSha = sourceShaOf(facts, trigger);
  const versionText = formatOsVersion(version);
  return {
    facts,
    config,
    environment,
    trigger,
    version,
    versionText,
    sourceSha,
    target,
    mark: releaseMark(target.application, versionText, sourceSha),
    visibility: visibilityOf(facts),
    publishes,
    sourceDecisions: checkSource(facts, trigger, publishes),
  };
}

/** The release of this very source, or the one the user named; a final one goes before drafts. */
function findOwn(facts: BalenaOsFacts, mark: string, trigger: PlanRequest['trigger']): HostappRelease | null {
  const alive = facts.remote.releases.filter((release) => !release.isInvalidated);
  if (trigger.kind === 'command' && trigger.release !== null) {
    const named = alive.find((release) => namesOf(release).includes(trigger.release ?? ''));
    if (named !== undefined) return named;
    const known = alive.map((release) => `${release.id} (${release.rawVersion})`).join(', ');
    throw refused(
      'release.unknown',
      `no release "${trigger.release}" of ${facts.remote.application}; there are: ${known === '' ? 'none' : known}`,
      {
        hint: 'list them with: osrel status',
      },
    );
  }
  const own = alive.filter((release) => release.mark === mark);
  return own.find((release) => release.isFinal) ?? own[0] ?? null;
}

function settleFinalization(
  base: SettledBase,
  {
    policy,
    own,
    testsRunFirst,
  }: {
    readonly policy: EventPolicyChoice;
    readonly own: HostappRelease | null;
    readonly testsRunFirst: boolean;
  },
): Finalization {
  const { trigger, config, facts } = base;
  if (own?.isFinal === true) {
    return {
      outcome: 'final',
      because: `release ${own.id} is final already (${own.rawVersion})`,
      record: own.tags['osrel-evidence'] ?? 'final already',
      forced: null,
      origin: 'rule',
    };
  }
  const isOwnSource = own === null || own.sourceSha === base.sourceSha;
  const finalization = decideFinalization({
    tests: config.tests,
    policy: evidencePolicyFor(config, facts.deviceType.fileBaseName),
    now: facts.now,
    evidence: isOwnSource ? facts.evidence : { ...facts.evidence, checks: [] },
    manifestSha256:
      own === null || base.adopted !== undefined
        ? stagedManifest(base, policy)
        : (facts.remote.manifestOfRelease[String(own.id)] ?? stagedManifest(base, policy)),
    force: forceOf(trigger),
    testsRunFirst,
  });
  const insists =
    trigger.kind === 'command' && trigger.command === 'finalize' && policy.wants['finalize-hostapp'];
  if (!insists || finalization.outcome === 'final') return finalization;
  throw evidenceRefusal(finalization, {
    what: `${base.target.application} ${base.versionText}`,
    trace: facts.evidence.trace,
  });
}

function forceOf(trigger: PlanRequest['trigger']) {
  if (trigger.kind === 'command') return trigger.force;
  if (trigger.kind !== 'manual' || !trigger.request.forceFinalize) return null;
  return {
    reason:
      trigger.request.reason ??
      `started by hand by ${trigger.actor ?? 'somebody unknown'} with force-finalize`,
  };
}

function finalizationDecision(finalization: Finalization): Decision {
  const { outcome, because, origin } = finalization;
  return {
    rule: 'finalize.evidence',
    outcome: outcome === 'final' && finalization.forced !== null ? 'forced' : outcome,
    because,
    stage: 'finalize',
    origin,
    ...(outcome === 'draft' ? { change: finalization.change } : {}),
  };
}
