import type { Config } from '../../config/config.ts';
import type { OsVersion } from '../../model/os-version.ts';
import type { Trigger } from '../../model/trigger.ts';
import type { Decision } from '../../plan/plan.ts';
import type { PlannedStep, Refable } from '../../plan/step-ref.ts';
import type { HostappRelease } from '../../ports/hostapp-releases.ts';
import type { AdoptedBuild } from './adoption-rules.ts';
import type { BalenaOsFacts } from './facts.ts';
import type { Finalization } from './finalization.ts';
import type { ReleaseTarget } from './release-target.ts';

/** Everything that has been settled about one release before its steps are laid out. */
export interface Situation {
  readonly facts: BalenaOsFacts;
  readonly config: Config;
  readonly environment: string;
  readonly trigger: Trigger;
  readonly version: OsVersion;
  readonly versionText: string;
  readonly sourceSha: string;
  readonly target: ReleaseTarget;
  readonly mark: string;
  readonly visibility: 'public' | 'private';
  /** Whether anything of it leaves this machine. */
  readonly publishes: boolean;
  /** Tested bytes that are published instead of building; absent: none. */
  readonly adopted?: AdoptedBuild | undefined;
  readonly wants: ReleaseWants;
  readonly finalization: Finalization;
  /** This release's own draft or final, found by its mark (or named by the user); null before it is made. */
  readonly own: HostappRelease | null;
}

/** What is settled before tests and finalization are. */
export interface SettledBase extends Omit<Situation, 'wants' | 'finalization' | 'own'> {
  readonly sourceDecisions: readonly Decision[];
}

export interface ReleaseWants {
  readonly build: boolean;
  readonly tests: boolean;
  /** Whether what is built is kept for the tag that follows. */
  readonly keep: boolean;
  readonly hostapp: boolean;
  readonly store: boolean;
  readonly finalize: boolean;
  readonly esr: boolean;
}

/** What the build stage hands on: a reference when it is in the plan, the known value when it ran before. */
export interface StagedRelease {
  readonly manifestSha256: Refable<string>;
  readonly after: readonly PlannedStep<unknown>[];
}
