import type { BuildConfig } from '../../config/build-config.ts';
import { badConfig, type OsrelError } from '../../errors/osrel-error.ts';
import type { Trigger } from '../../model/trigger.ts';
import type { Decision } from '../../plan/plan.ts';
import type { Situation } from './situation.ts';

/** Whether something of this build may be shared with others, and why (not). */
export interface SharingChoice {
  readonly shares: boolean;
  readonly because: string;
}

/**
 * A front end has what it needs, and nothing it cannot do is asked of it. osrel.yml was checked for that machine by
 * machine; this is for flags and for device types that it does not name.
 * @throws config `build.front-end`
 */
export function checkFrontEnd(build: BuildConfig, deviceType: string): void {
  const { frontend } = build;
  if (frontend === 'kas' && build.kasFile === null)
    throw unfit(deviceType, 'front end kas has no file', 'set build.kas.file in osrel.yml');
  if (frontend === 'command' && build.command === null)
    throw unfit(deviceType, 'front end command has no program', 'set build.command.run in osrel.yml');
  if (frontend !== 'barys' && build.container !== null)
    throw unfit(
      deviceType,
      `front end ${frontend} does not run in a container`,
      'leave the container out, or set build.frontend: barys',
    );
  if (frontend === 'command' && build.arguments.length > 0)
    throw unfit(
      deviceType,
      `front end command takes no arguments for bitbake: ${build.arguments.join(' ')}`,
      'write them into build.command.run',
    );
}

/**
 * Downloads are published only by builds that nobody unknown had a hand in, and only when all the world may see them:
 * the backend says `public`, nothing less (balena-workflow 4.4).
 */
export function decideMirrorWrite({ trigger, facts }: Pick<Situation, 'trigger' | 'facts'>): SharingChoice {
  const untrusted = untrustedEvent(trigger);
  if (untrusted !== undefined) return { shares: false, because: `${untrusted} publishes no downloads` };
  const { privacy } = facts.remote;
  const { slug } = facts.deviceType;
  return privacy === 'public'
    ? { shares: true, because: `device type ${slug} is public, and nothing unknown takes part` }
    : {
        shares: false,
        because:
          privacy === 'private'
            ? `device type ${slug} is private`
            : `the backend does not say that device type ${slug} is public`,
      };
}

/** Shared state that others will build from comes from trusted source only (balena-workflow 4.5). */
export function decideStateSave({ trigger }: Pick<Situation, 'trigger'>): SharingChoice {
  const untrusted = untrustedEvent(trigger);
  return untrusted === undefined
    ? { shares: true, because: 'kept for later builds, also when this one fails' }
    : { shares: false, because: `${untrusted} could leave shared state that poisons later builds` };
}

/** What the sharing rules decided, for what is configured. */
export function sharingDecisions(
  build: BuildConfig,
  choices: { readonly mirror: SharingChoice; readonly state: SharingChoice },
): readonly Decision[] {
  return [
    ...(build.sourceMirror.write === null
      ? []
      : [toDecision('build.mirror-write', 'publish', choices.mirror)]),
    ...(build.stateCache === null ? [] : [toDecision('build.state-cache', 'save', choices.state)]),
  ];
}

function toDecision(rule: string, outcome: string, { shares, because }: SharingChoice): Decision {
  return { rule, outcome: shares ? outcome : 'read-only', because, stage: 'build' };
}

/** The event, for people, when somebody unknown may have a hand in what it builds. */
export function untrustedEvent(trigger: Trigger): string | undefined {
  if (trigger.kind !== 'pull-request') return undefined;
  if (trigger.origin === 'fork') return `pull request #${trigger.number} of a fork`;
  return trigger.carriesSecrets
    ? `pull request #${trigger.number} with this repository's secrets`
    : undefined;
}

function unfit(deviceType: string, reason: string, hint: string): OsrelError {
  return badConfig('build.front-end', `${deviceType} cannot be built like this: ${reason}`, { hint });
}
