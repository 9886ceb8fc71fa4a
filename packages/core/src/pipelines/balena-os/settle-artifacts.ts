import type { Decision } from '../../plan/plan.ts';
import type { HostappRelease } from '../../ports/hostapp-releases.ts';
import { type Adoption, decideAdoption } from './adoption-rules.ts';
import { untrustedEvent } from './build-rules.ts';
import { builderDigest } from './builder-digest.ts';
import { composeContents } from './compose-contents.ts';
import type { EventPolicyChoice } from './event-policy.ts';
import { settleBuild } from './settle-build.ts';
import type { SettledBase } from './situation.ts';

/** Whether tested bytes are published instead of building. A final release has its bytes already. */
export function settleAdoption(
  base: SettledBase,
  { wants }: EventPolicyChoice,
  own: HostappRelease | null,
): Adoption {
  if (!wants.build || own?.isFinal === true) return { adopted: undefined, decisions: [] };
  const { facts, config, trigger, versionText } = base;
  return decideAdoption({
    facts,
    config,
    trigger,
    versionText,
    builder: () => {
      const contents = composeContents(facts, base);
      const { services } = settleBuild(base, contents);
      return builderDigest({ deviceType: facts.deviceType, services, contents });
    },
  });
}

/** Whether what this event builds is kept for the tag: only of a pull request that nobody unknown had a hand in. */
export function settleKeeping(
  { facts, config, trigger }: SettledBase,
  { wants }: EventPolicyChoice,
  hasStore: boolean,
): { readonly keep: boolean; readonly decisions: readonly Decision[] } {
  if (trigger.kind !== 'pull-request' || !wants.build || !config.artifacts.keep)
    return { keep: false, decisions: [] };
  const obstacle = findObstacle({ facts, trigger }, hasStore);
  const kept: Decision = {
    rule: 'artifacts.keep',
    outcome: obstacle === undefined ? 'keep' : 'no',
    because: obstacle ?? 'the built files are kept for the tag, which publishes them when they passed',
    stage: 'build',
    origin: config.origins['artifacts.keep'] ?? 'default',
  };
  return { keep: obstacle === undefined, decisions: [kept] };
}

function findObstacle(
  { facts, trigger }: Pick<SettledBase, 'facts' | 'trigger'>,
  hasStore: boolean,
): string | undefined {
  const untrusted = untrustedEvent(trigger);
  if (untrusted !== undefined) return `nothing is kept of ${untrusted}: a tag could publish it`;
  if (!hasStore) return 'there is no object store to keep files in';
  if (facts.source.dirtyPaths.length > 0)
    return 'the checkout has uncommitted changes, which no tag can have';
  if (facts.source.tree === undefined)
    return 'the facts do not tell the source tree that a tag would look for';
  return undefined;
}
