import type { HitScope } from './suite-observation.ts';
import type { TestVerdict } from './test-verdict.ts';

/** A cause of trouble that osrel knows by a text of Leviathan, its rigs or the services it works with. */
export interface BuiltInRule {
  readonly name: string;
  /** Matched against single lines of the log and against the messages of failed tests. */
  readonly match: RegExp;
  readonly verdict: Exclude<TestVerdict, 'passed'>;
  readonly because: string;
  /**
   * `failure` only for texts that the product under test cannot bring about; what it can cause as well as a rig, such
   * as a device that never shows up, is `before-tests`.
   */
  readonly scope: Exclude<HitScope, 'configured'>;
  /** Only this suite; null: every one. */
  readonly suite: string | null;
}

/** A rule of osrel.yml (`tests.verdicts`). */
export interface ConfiguredRule {
  /** Regular expression. */
  readonly match: string;
  readonly verdict: Exclude<TestVerdict, 'passed'>;
  readonly because: string;
  /** Only this suite; null: every one. */
  readonly suite: string | null;
}

type Rule = Omit<BuiltInRule, 'suite'> & { readonly suite?: string };

/**
 * Texts of leviathan core and worker (leviathan 2, 3.4-3.6, 7), of npm and of balenaCloud, in the order in which they
 * are asked. None of them turns a clean failed assertion of the product into anything else.
 */
const RULES: readonly Rule[] = [
  {
    // Not `nothing-tested`: no rig, retry or release changes it, only a contract does (leviathan 5.1).
    name: 'unsupported-device-type',
    match: /Invalid\/Unsupported device type|(?:Invalid|Discontinued) device type: /,
    verdict: 'unsupported',
    because: 'the suites have no contract of this device type',
    scope: 'before-tests',
  },
  {
    // The suite takes the newest match of `downloadVersion` and trips over there being none (leviathan 5.4).
    name: 'no-base-release',
    match: /Cannot read propert(?:y 'replace' of|ies of) (?:null|undefined)(?: \(reading 'replace'\))?/,
    verdict: 'nothing-tested',
    because: 'no published release of this device type fits as the one to update from',
    scope: 'before-tests',
    suite: 'hup',
  },
  {
    // An install that failed is not noticed by the core (leviathan 3.5); a path is a file of the suite itself.
    name: 'missing-package',
    match: /Cannot find (?:module|package) '(?![./])[^']+'|Command failed: npm |npm (?:ERR!|error) code /,
    verdict: 'infrastructure',
    because: 'packages that the suite needs were not installed',
    scope: 'failure',
  },
  {
    // The core counts it as passed, under the name `undefined` (leviathan 3.5).
    name: 'unresolved-test',
    match: /Could not resolve test path\. Ignoring/,
    verdict: 'failed',
    because: 'a test that the suite lists could not be loaded',
    scope: 'always',
  },
  {
    name: 'lost-rig',
    match: /Lost communication with worker/,
    verdict: 'rig-failure',
    because: 'the rig stopped answering',
    scope: 'failure',
  },
  {
    name: 'flashing-failed',
    match: /Error (?:while )?flashing DUT|tries with error: Flashing in progress/,
    verdict: 'rig-failure',
    because: 'the rig could not flash the device',
    scope: 'failure',
  },
  {
    name: 'image-not-sent',
    match:
      /Handshake failed with status \d|Chunk \d+ failed with status \d|Worker returned an invalid chunk size/,
    verdict: 'rig-failure',
    because: 'the image did not get to the rig',
    scope: 'failure',
  },
  {
    name: 'rig-broken',
    match:
      /QEMU exited with code|Could not find unused IP address|failed creating bridge|dnsmasq exited with code|Could not find connected interface|Wire(?:d|less) (?:AP unconfigured|configuration incomplete)|Network not configured on this worker|is not a supported worker|Cannot find \/dev\//,
    verdict: 'rig-failure',
    because: 'the rig itself is broken',
    scope: 'failure',
  },
  {
    name: 'rig-unreachable',
    match: /getaddrinfo \w+ worker\b|: is not marked as connected to our VPN/,
    verdict: 'rig-failure',
    because: 'the rig could not be reached',
    scope: 'failure',
  },
  {
    // An image that does not boot looks the same: once a test has run, it is the product's failure.
    name: 'device-not-found',
    match: /Could not resolve \S+\.local\b/,
    verdict: 'rig-failure',
    because: 'the device under test never showed up in the network of the rig',
    scope: 'before-tests',
  },
  {
    name: 'no-loop-device',
    match: /losetup: |cannot find an unused loop device|failed to set ?up loop device/i,
    verdict: 'infrastructure',
    because: 'the core could not get a loop device',
    scope: 'before-tests',
  },
  {
    name: 'registry-limit',
    match: /toomanyrequests|reached your (?:unauthenticated )?pull rate limit/i,
    verdict: 'infrastructure',
    because: 'the container registry refuses further pulls for now',
    scope: 'failure',
  },
  {
    name: 'registry-down',
    match: /received unexpected HTTP status: 5\d\d/,
    verdict: 'infrastructure',
    because: 'the container registry does not answer as it should',
    scope: 'failure',
  },
  {
    name: 'account-refused',
    match:
      /Failed to authenticate with balenaSDK|You have to log in|Invalid login credentials|Request error: (?:401|Unauthorized)/,
    verdict: 'infrastructure',
    because: 'balenaCloud refused the account that the suite works with',
    scope: 'before-tests',
  },
  {
    name: 'cloud-down',
    match:
      /Request error: (?:5\d\d\b|.*\b(?:50[234]|Bad Gateway|Service Unavailable|Gateway Time-?out)\b)|Too Many Requests\. Try again|getaddrinfo (?:ENOTFOUND|EAI_AGAIN) (?:[\w-]+\.)*balena|Download stream timed out/,
    verdict: 'infrastructure',
    because: 'balenaCloud could not be reached or was busy',
    scope: 'failure',
  },
  {
    name: 'cloud-refused',
    match: /Request error: |request to https?:\/\/\S* failed, reason:/,
    verdict: 'infrastructure',
    because: 'a request to balenaCloud failed while the suite was set up',
    scope: 'before-tests',
  },
  {
    name: 'core-disk-full',
    match: /ENOSPC: no space left on device/,
    verdict: 'infrastructure',
    because: 'the disk of the core is full',
    scope: 'before-tests',
  },
  {
    name: 'suite-did-not-start',
    match: /Failure starting suite /,
    verdict: 'infrastructure',
    because: 'the suite itself could not be started or ended',
    scope: 'before-tests',
  },
];

/** The rules that ask nobody, in the order in which they are asked. */
export const BUILT_IN_RULES: readonly BuiltInRule[] = RULES.map((rule) => ({
  ...rule,
  suite: rule.suite ?? null,
}));
