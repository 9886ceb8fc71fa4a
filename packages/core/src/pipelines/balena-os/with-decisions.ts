import { OsrelError } from '../../errors/osrel-error.ts';
import type { DeviceType } from '../../model/device-type.ts';
import { formatOsVersion, type OsVersion } from '../../model/os-version.ts';
import type { Decision, PlanTarget } from '../../plan/plan.ts';

/** What a plan is about, for its head and for refusals. */
export function planTargetOf(deviceType: DeviceType, version: OsVersion): PlanTarget {
  return {
    machine: deviceType.machine,
    slug: deviceType.slug,
    version: formatOsVersion(version),
    esr: version.kind === 'esr',
  };
}

/** A refusal carries its target and the decisions made before it, so that `osrel why` can tell the whole chain. */
export function withDecisions<Result>(
  known: { readonly target: PlanTarget; readonly decisions: readonly Decision[] },
  work: () => Result,
): Result {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof OsrelError)) throw error;
    throw new OsrelError(error.kind, error.code, error.message, {
      ...(error.hint === undefined ? {} : { hint: error.hint }),
      ...(error.cause === undefined ? {} : { cause: error.cause }),
      retryable: error.retryable,
      problems: error.problems,
      details: { ...known, ...error.details },
    });
  }
}
