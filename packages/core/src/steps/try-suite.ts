import { integrityBroken } from '../errors/osrel-error.ts';
import { hexOfDigest } from '../model/digest.ts';
import type { ReleaseManifest } from '../model/release-manifest.ts';
import type { SuiteAttempt } from '../model/suite-report.ts';
import { mayBeRetried } from '../model/test-verdict.ts';
import type { ReleaseFile, SuiteProgress, SuiteRequest, SuiteResult } from '../ports/test-lab.ts';
import { readStagedRelease, type StagedRelease } from './read-staged-release.ts';
import type { StepRun } from './step-kind.ts';
import type { SuiteInput } from './suite-input.ts';

type TryRun = StepRun<'testLab' | 'deployFolder' | 'clock'>;

export interface TriedSuite {
  /** Of the last attempt. */
  readonly result: SuiteResult;
  readonly attempts: readonly SuiteAttempt[];
}

/**
 * Runs the suite, and again on another rig while a rig or the infrastructure failed and the budget lasts; a product
 * that failed is never tried again.
 * @throws integrity `tests.other-bytes`, `tests.bytes-unknown`; what the lab and the deploy folder throw
 */
export async function trySuite(wanted: SuiteInput, run: TryRun): Promise<TriedSuite> {
  const { ports, log } = run;
  const staged = await readStagedRelease(wanted, ports.deployFolder);
  const files = filesOf(wanted, staged);
  const attempts: SuiteAttempt[] = [];
  const avoidRigs: string[] = [];
  for (let attempt = 1; ; attempt += 1) {
    const startedAt = ports.clock.now();
    const request = { ...requestOf(wanted), ...files, attempt, avoidRigs: [...avoidRigs] };
    const result = await ports.testLab.runSuite(request, observe(run, attempt));
    checkGiven(wanted, result, staged.manifest);
    const { rig, verdict, because } = result;
    const durationMs = Date.parse(ports.clock.now()) - Date.parse(startedAt);
    attempts.push({ rig, verdict, because, startedAt, durationMs });
    if (!mayBeRetried(verdict) || attempt > wanted.retries) return { result, attempts };
    if (rig !== null) avoidRigs.push(rig.id);
    log(`attempt ${attempt} ended as ${verdict}: ${because}; trying again, ${budget(wanted, attempt)}`);
  }
}

function budget({ retries }: SuiteInput, attempt: number): string {
  const left = retries - attempt;
  return left === 0 ? 'for the last time' : `${left} more attempt(s) after that`;
}

function requestOf(wanted: SuiteInput) {
  const { sourceSha, manifestSha256, image, retries, waivers, minimum, check, ...rest } = wanted;
  // A waiver may cover what fails first, and then all that follows still has to be seen.
  return { ...rest, failFast: waivers.length === 0 };
}

function filesOf(
  { image }: SuiteInput,
  { directory, manifest }: StagedRelease,
): Pick<SuiteRequest, 'deployDirectory' | 'image' | 'hostapp' | 'kernelHeaders'> {
  const fileOf = (name: string | undefined): ReleaseFile | null =>
    name === undefined ? null : { name, path: `${directory}/${name}` };
  const ofRole = (role: string): ReleaseFile | null =>
    fileOf(manifest.files.find((file) => file.role === role)?.name);
  return {
    deployDirectory: directory,
    image: fileOf(manifest.files.find((file) => file.name === image)?.name),
    hostapp: ofRole('hostapp'),
    kernelHeaders: ofRole('kernel-headers'),
  };
}

function observe(run: TryRun, attempt: number) {
  const nameOf = (name: string): string => (attempt === 1 ? name : `attempt-${attempt}-${name}`);
  return {
    signal: run.signal,
    onLine: run.log,
    onProgress: (suite: SuiteProgress) =>
      run.progress(suite.passed + suite.failed + suite.skipped, null, 'tests', { suite }),
    keep: (name: string, path: string, kind: 'text' | 'binary') =>
      kind === 'text' ? run.keepLog(nameOf(name), path) : run.keepFile(nameOf(name), path),
  };
}

/** A verdict is about the bytes that were handed over: they have to be those of the release. */
function checkGiven(
  wanted: SuiteInput,
  { given, verdict, rig }: SuiteResult,
  manifest: ReleaseManifest,
): void {
  for (const file of given) {
    const listed = manifest.files.find((each) => each.name === file.name);
    if (listed !== undefined && hexOfDigest(listed.digest) === file.sha256) continue;
    throw integrityBroken(
      'tests.other-bytes',
      `suite ${wanted.id} was given ${file.name} with sha256 ${file.sha256}, ${
        listed === undefined
          ? 'which the release does not have'
          : `the release has ${hexOfDigest(listed.digest)}`
      }`,
      { hint: 'the deploy folder changed after it was staged; build again: osrel build', details: { rig } },
    );
  }
  if (verdict !== 'passed' || wanted.image === null || given.length > 0) return;
  throw integrityBroken(
    'tests.bytes-unknown',
    `lab ${wanted.lab} passed suite ${wanted.id}, but does not say which bytes it gave to the rig`,
    { hint: 'this is a defect of the lab: its verdict proves nothing', details: { rig } },
  );
}
