import { digestOfHex } from '../model/digest.ts';
import type { TestReceipt } from '../model/evidence.ts';
import { manifestSha256 } from '../model/published-files.ts';
import type { ReleaseManifest } from '../model/release-manifest.ts';
import type { SuiteReport } from '../model/suite-report.ts';
import type { CheckRun } from '../ports/code-host.ts';
import type { SuiteObserver, SuiteRequest, SuiteResult } from '../ports/test-lab.ts';
import type { SuiteInput } from './suite-input.ts';

export const IMAGE_SHA256 = '1'.repeat(64);
export const GIVEN = { name: 'image/balena.img', sizeBytes: 5, sha256: IMAGE_SHA256 };

const file = (name: string, role: ReleaseManifest['files'][number]['role'], digit: string) => ({
  name,
  sizeBytes: 5,
  digest: digestOfHex(digit.repeat(64)),
  mediaType: 'application/octet-stream',
  role,
});

export const MANIFEST: ReleaseManifest = {
  schemaVersion: 1,
  system: 'balena-os',
  machine: 'board',
  slug: 'board',
  version: '1.0.0',
  esr: false,
  source: { repository: 'acme/board', sha: 'b'.repeat(40) },
  files: [
    file('image/balena.img', 'image', '1'),
    file('hostapp/balena-image-board.docker', 'hostapp', '2'),
    file('kernel_modules_headers.tar.gz', 'kernel-headers', '3'),
  ],
};

export const RIG = { id: 'https://rig-1.example', kind: 'testbot', name: 'Rig 1' };

/** What a lab answers when everything passed; `change` over it. */
export function suiteResult(change: Partial<SuiteResult> = {}): SuiteResult {
  return {
    verdict: 'passed',
    rule: 'passed',
    because: '1 passed',
    isWhole: true,
    tests: [{ name: 'suite > boots', outcome: 'passed', because: null, durationMs: 5 }],
    given: [GIVEN],
    rig: RIG,
    suiteRevision: 'c'.repeat(40),
    ...change,
  };
}

export function suiteWish(change: Partial<SuiteInput> = {}): SuiteInput {
  return {
    id: 'os-testbot',
    suite: 'os',
    lab: 'leviathan',
    worker: 'testbot',
    command: [],
    results: 'tap',
    machine: 'board',
    slug: 'board',
    architecture: 'amd64',
    version: '1.0.0',
    sourceSha: 'b'.repeat(40),
    manifestSha256: manifestSha256(MANIFEST),
    image: 'image/balena.img',
    environment: null,
    workerFleets: null,
    testOrganization: null,
    secureBoot: false,
    testImage: null,
    marker: null,
    retries: 1,
    waivers: [],
    minimum: 1,
    timeoutMs: 1000,
    check: { repository: 'acme/board', headSha: 'd'.repeat(40) },
    ...change,
  };
}

/** A run of the step in which a lab answers as told, one result an attempt, and everything recorded can be looked at. */
export function suiteRun(
  results: readonly (SuiteResult | Error)[],
  manifest: ReleaseManifest = MANIFEST,
  work: (observer: SuiteObserver, request: SuiteRequest) => Promise<void> = async () => undefined,
) {
  const left = [...results];
  const requests: SuiteRequest[] = [];
  const receipts: TestReceipt[] = [];
  const history: SuiteReport[] = [];
  const checks: CheckRun[] = [];
  const kept = new Map<string, string>();
  const lines: string[] = [];
  let minute = 0;
  const { signal } = new AbortController();
  const run = {
    ports: {
      testLab: {
        labs: ['leviathan'],
        runSuite: async (request: SuiteRequest, observer: SuiteObserver) => {
          requests.push(request);
          await work(observer, request);
          const result = left.shift();
          if (result === undefined) throw new Error('the lab was asked once too often');
          if (result instanceof Error) throw result;
          return result;
        },
      },
      testReceipts: {
        list: async () => ({ receipts, rejected: [] }),
        record: async (receipt: TestReceipt) => void receipts.unshift(receipt),
      },
      testHistory: {
        record: async (report: SuiteReport) => void history.push(report),
        list: async () => [],
        expectedMs: async () => null,
      },
      deployFolder: {
        pathOf: (slug: string, version: string) => `/deploy/${slug}/${version}`,
        findManifest: async () => manifest,
      },
      codeHost: {
        recordCheck: async (check: CheckRun) => void checks.push(check),
        listChecks: async () => ({ checks, trace: [] }),
      },
      clock: {
        now: () => new Date(Date.UTC(2026, 6, 1, 8, minute++)).toISOString(),
        sleep: async () => undefined,
      },
    },
    planId: 'plan-1',
    signal,
    endNow: signal,
    log: (line: string) => void lines.push(line),
    logLines: (text: string) => void lines.push(text),
    keepLog: async (name: string, path: string) => void kept.set(name, path),
    keepFile: async (name: string, path: string) => void kept.set(name, path),
    keepText: async (name: string, text: string) => void kept.set(name, text),
    progress: () => undefined,
  };
  return { run, requests, receipts, history, checks, kept, lines };
}
