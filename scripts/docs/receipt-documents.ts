import type { JsonDocument } from './json-documents.ts';

const VERSION = ['schemaVersion', '1'] as const;

/** What the commands about tests and their receipts answer. */
export const RECEIPT_DOCUMENTS: readonly JsonDocument[] = [
  {
    title: 'Tests and how they did',
    commands: ['tests'],
    says: 'From the history of this checkout, those that failed most first.',
    keys: [
      VERSION,
      ['since', 'ISO 8601; null for everything'],
      ['tests[].slug', 'device type'],
      ['tests[].suite', 'name of the suite'],
      ['tests[].test', 'full name of the test; null for the suite as a whole'],
      ['tests[].runs', 'how often it was recorded; passed, failed, skipped and waived add up to it'],
      ['tests[].retried', 'attempts beyond the first; of suites only'],
      ['tests[].medianMs', 'milliseconds; null when nobody measured it'],
      ['tests[].lastFailedAt', 'ISO 8601; null when it never failed, with lastFailure'],
      ['tests[].latest', 'outcomes of the latest runs, newest first, at most 20'],
    ],
  },
  {
    title: 'Test receipts of a version',
    commands: ['receipts list'],
    says: 'Of every device type that was asked for.',
    keys: [
      VERSION,
      ['environment', 'deployment environment that was asked'],
      ['devices[].slug', 'device type'],
      ['devices[].version', 'OS version'],
      [
        'devices[].receipts',
        'those that count, newest first: entry, suite, suiteRevision, lab, rig, manifestSha256, given, verdict, because, counts, attempts, waivers, finishedAt and more',
      ],
      [
        'devices[].rejected',
        'what lies there and does not count: name, entry, defect (`malformed`, `altered`, `untrusted-key`, `unsigned`), because',
      ],
    ],
  },
  {
    title: 'Verified test receipts',
    commands: ['receipts verify'],
    says: 'With exit code 8 when one is no evidence.',
    keys: [
      VERSION,
      ['trustedKeys', 'ids of the keys that were trusted: hex sha256 of the raw public key'],
      ['files[].file', 'as it was given'],
      ['files[].kind', '`receipt` or `rejected`'],
      ['files[].receipt', 'as above; only of a receipt'],
      ['files[].signedBy', 'ids of the trusted keys that signed it; only of a receipt'],
      ['files[].defect', 'as above; only of a rejected one, with entry and because'],
    ],
  },
  {
    title: 'A new key for test receipts',
    commands: ['receipts new-key'],
    says: 'The private half is in the file alone.',
    keys: [
      VERSION,
      ['file', 'absolute path of the private key'],
      ['publicKey', 'base64 of 32 bytes, for `tests.trusted-keys`'],
      ['keyId', 'hex sha256 of the raw public key'],
    ],
  },
];
