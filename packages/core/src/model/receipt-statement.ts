import { z } from 'zod';
import type { TestReceipt } from './evidence.ts';
import { canonicalJson } from './json.ts';
import { testReceiptSchema } from './receipt-schema.ts';
import { formatKeyPath } from './schema-problems.ts';

/** in-toto Statement v1. */
const STATEMENT_TYPE = 'https://in-toto.io/Statement/v1';
/** in-toto predicate Test Result v0.1. */
const PREDICATE_TYPE = 'https://in-toto.io/attestation/test-result/v0.1';
/** Subject that stands for the whole release; the others are files that were given to the rig. */
const MANIFEST_SUBJECT = 'release-manifest.json';

const statement = z.object({
  _type: z.literal(STATEMENT_TYPE, `is no in-toto statement of version 1`),
  subject: z.array(z.object({ name: z.string(), digest: z.object({ sha256: z.string() }) })),
  predicateType: z.literal(PREDICATE_TYPE, 'is no test result of version 0.1'),
  predicate: z.object({ result: z.string(), osrelReceipt: testReceiptSchema }),
});

/**
 * The receipt as an in-toto statement: subjects are the release manifest and every file that was handed over. Other
 * tools read the result; what osrel knows besides is the member `osrelReceipt`.
 */
export function statementOf(receipt: TestReceipt): unknown {
  return {
    _type: STATEMENT_TYPE,
    subject: subjectsOf(receipt),
    predicateType: PREDICATE_TYPE,
    predicate: {
      result: resultOf(receipt),
      configuration: configurationOf(receipt),
      warnedTests: receipt.waivers.map(({ test }) => test),
      osrelReceipt: receipt,
    },
  };
}

/** The receipt of a statement, or why it is none. What the statement says twice has to agree. */
export function readStatement(
  parsed: unknown,
): { readonly receipt: TestReceipt } | { readonly defect: string } {
  const read = statement.safeParse(parsed);
  if (!read.success) {
    const [issue] = read.error.issues;
    return { defect: `${formatKeyPath(issue?.path ?? []) || 'the statement'}: ${issue?.message ?? ''}` };
  }
  const { subject, predicate } = read.data;
  const receipt = predicate.osrelReceipt;
  if (canonicalJson(subject) !== canonicalJson(subjectsOf(receipt)))
    return { defect: 'its subjects are not the files that its receipt names' };
  if (predicate.result !== resultOf(receipt))
    return { defect: `its result ${JSON.stringify(predicate.result)} is not that of its receipt` };
  return { receipt };
}

function subjectsOf({ manifestSha256, given }: TestReceipt) {
  return [{ name: MANIFEST_SUBJECT, sha256: manifestSha256 }, ...given].map(({ name, sha256 }) => ({
    name,
    digest: { sha256 },
  }));
}

function resultOf({ verdict, counts, waivers }: TestReceipt): 'PASSED' | 'WARNED' | 'FAILED' {
  if (verdict !== 'passed') return 'FAILED';
  return counts.waived > 0 || waivers.length > 0 ? 'WARNED' : 'PASSED';
}

/** A resource needs a digest: a suite whose revision is none cannot be listed. */
function configurationOf({ suite, suiteRevision }: TestReceipt): readonly unknown[] {
  const hex = suiteRevision?.replace(/^sha256:/, '') ?? '';
  if (/^[0-9a-f]{64}$/.test(hex)) return [{ name: suite, digest: { sha256: hex } }];
  if (/^[0-9a-f]{40}$/.test(hex)) return [{ name: suite, digest: { gitCommit: hex } }];
  return [];
}
