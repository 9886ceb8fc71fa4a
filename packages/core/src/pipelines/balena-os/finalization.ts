import type { TestsConfig } from '../../config/tests-config.ts';
import type { ForceRequest } from '../../model/trigger.ts';
import {
  type EvidenceCase,
  type EvidenceKind,
  type EvidenceVerdict,
  judgeEvidence,
} from './judge-evidence.ts';

export type Finalization =
  | {
      readonly outcome: 'final';
      readonly because: string;
      /** What is kept on the release once it is final: the evidence, said of the past. */
      readonly record: string;
      readonly forced: ForceRequest | null;
      readonly origin: string;
    }
  | {
      readonly outcome: 'draft';
      readonly because: string;
      readonly change: string;
      readonly origin: string;
      /** What the proof lacks; null where nobody asked for one. */
      readonly lacks: Exclude<EvidenceKind, 'passed'> | null;
    };

export interface FinalizationQuestion extends EvidenceCase {
  readonly tests: Pick<TestsConfig, 'matrix' | 'finalizeWhenPassed'>;
  readonly force: ForceRequest | null;
  /** Whether the plan runs the suites of the matrix itself before it finalizes. */
  readonly testsRunFirst: boolean;
}

const FORCE_HINT = 'finalize all the same: osrel finalize --force-finalize --reason TEXT';

/** The next move for each proof that is none, before the last resort. */
const HINTS: Readonly<Record<EvidenceKind, string | null>> = {
  passed: null,
  missing: null,
  failed: null,
  pending: 'wait until it has ended, then: osrel finalize',
  forged: 'find out who changed it, remove it, and test these bytes again: osrel test',
  untrusted:
    'add the public key of who tested to tests.trusted-keys (osrel receipts list), or test: osrel test',
  'too-few': 'test these bytes with the whole suite: osrel test',
  stale: 'test these bytes again: osrel test',
  'other-bytes': 'test these bytes: osrel test',
};

/** A tag of the release holds it; the server takes 1000 characters (balena-automation 4.5). */
const LONGEST_RECORD = 900;

/**
 * Whether a release becomes final (balena-workflow 3.9, 7.1, W12-W14): the required suites passed on the merged pull
 * request, on the commit itself or on these very bytes; or a person forces it, and the reason is kept.
 */
export function decideFinalization(question: FinalizationQuestion): Finalization {
  const { force, tests } = question;
  if (force !== null) {
    return {
      outcome: 'final',
      because: `forced: ${force.reason}`,
      record: force.reason,
      forced: force,
      origin: 'flag',
    };
  }
  if (!tests.finalizeWhenPassed) {
    return {
      outcome: 'draft',
      because: 'automatic finalization is switched off',
      change: FORCE_HINT,
      origin: 'osrel.yml: tests.finalize-when-passed',
      lacks: null,
    };
  }
  const { kind, because, record }: Foreseen = question.testsRunFirst
    ? foresee(question)
    : judgeEvidence(question);
  if (kind !== 'passed') {
    const hint = HINTS[kind];
    const change = hint === null ? FORCE_HINT : `${hint}; or ${FORCE_HINT}`;
    return { outcome: 'draft', because, change, origin: 'default', lacks: kind };
  }
  return { outcome: 'final', because, record: cut(record ?? because), forced: null, origin: 'default' };
}

interface Foreseen extends EvidenceVerdict {
  readonly record?: string;
}

/** The suites of the matrix run on these very bytes before anything becomes final; those that no entry runs do not. */
function foresee(question: FinalizationQuestion): Foreseen {
  const { tests, policy } = question;
  const apart = policy.required.filter((suite) => tests.matrix.every((entry) => entry.suite !== suite));
  const running = policy.required.filter((suite) => !apart.includes(suite)).join(', ');
  const others =
    running === '' || apart.length > 0
      ? judgeEvidence({ ...question, policy: { ...policy, required: apart } })
      : undefined;
  if (others !== undefined && (others.kind !== 'passed' || running === '')) return others;
  const known = others === undefined ? '' : `; ${others.because}`;
  return {
    kind: 'passed',
    because: `the required suites (${running}) run on these very bytes first${known}`,
    // It is only written down once they have passed: finalization waits for them.
    record: `the required suites (${running}) passed on these very bytes${known}`,
  };
}

function cut(text: string): string {
  return text.length <= LONGEST_RECORD ? text : `${text.slice(0, LONGEST_RECORD - 3)}...`;
}
