import { describe, expect, it } from 'vitest';
import type { TestResult } from './suite-report.ts';
import { BUILT_IN_RULES, type ConfiguredRule } from './verdict-rules.ts';
import { watchSuiteLog } from './watch-suite-log.ts';

const failed = (name: string, because: string): TestResult => ({
  name,
  outcome: 'failed',
  because,
  durationMs: null,
});

function hitsOf(
  lines: readonly string[],
  {
    rules = [],
    suite = 'os',
    tests = [],
  }: { rules?: readonly ConfiguredRule[]; suite?: string; tests?: readonly TestResult[] } = {},
) {
  const watch = watchSuiteLog(rules, suite);
  for (const line of lines) watch.onLine(line);
  return watch.hits({ tests });
}
const named = (lines: readonly string[], suite?: string) =>
  hitsOf(lines, suite === undefined ? {} : { suite }).map((hit) => hit.rule);

describe('the built-in rules', () => {
  // Texts as Leviathan, its worker, npm and the balena SDK print them.
  it.each([
    ['Error: Failure starting suite Error: Invalid/Unsupported device type: nope', 'unsupported-device-type'],
    ['    not ok 1 - Discontinued device type: edge', 'unsupported-device-type'],
    ['Could not resolve test path. Ignoring...', 'unresolved-test'],
    ["Cannot find module 'balena-image-fs'", 'missing-package'],
    ['npm error code ENOTFOUND', 'missing-package'],
    ['Error: Lost communication with worker! ', 'lost-rig'],
    ['Error flashing DUT, retrying...', 'flashing-failed'],
    ['Error while flashing DUT, retrying...', 'flashing-failed'],
    ['operation timed out after 1500000 ms, 60 tries with error: Flashing in progress...', 'flashing-failed'],
    ['Chunk 3 failed with status 502. Proxy trace: Bad Gateway', 'image-not-sent'],
    ['Handshake failed with status 503: busy', 'image-not-sent'],
    ['StatusCodeError: 500 - "QEMU exited with code 1"', 'rig-broken'],
    ['Error: getaddrinfo ENOTFOUND worker', 'rig-unreachable'],
    ['Could not resolve 1234567.local', 'device-not-found'],
    ['losetup: /dev/loop0: failed to set up loop device: No such file', 'no-loop-device'],
    ['toomanyrequests: You have reached your pull rate limit', 'registry-limit'],
    ['received unexpected HTTP status: 503 Service Unavailable', 'registry-down'],
    ['BalenaNotLoggedIn: You have to log in', 'account-refused'],
    ['Request error: <html><title>502 Bad Gateway</title>', 'cloud-down'],
    ['getaddrinfo EAI_AGAIN api.balena-cloud.com', 'cloud-down'],
    ['Request error: Application name must be unique', 'cloud-refused'],
    ["Error: ENOSPC: no space left on device, write '/data/os.img'", 'core-disk-full'],
  ])('know %j', (line, rule) => {
    expect(named([line])).toContain(rule);
  });

  it('know that hup found no release to update from, and only in hup', () => {
    const line = "    not ok 1 - Cannot read properties of null (reading 'replace')";
    expect(named([line], 'hup')).toEqual(['no-base-release']);
    expect(named([line], 'os')).toEqual([]);
  });

  it('pass over what a suite prints when all is well', () => {
    const lines = [
      'Setting up worker',
      'GET http://worker/dut/ip',
      'Connection err: connect ECONNREFUSED 10.10.10.2:22222',
      "Cannot find module './tests/later'",
      'ok 1 - reaches api.balena-cloud.com',
      'npm warn deprecated request@2.88.2',
      'No existing releases found for new-board... creating fleet with generic-aarch64',
    ];
    expect(named(lines)).toEqual([]);
  });

  it('have names of their own and say why', () => {
    expect(new Set(BUILT_IN_RULES.map((rule) => rule.name)).size).toBe(BUILT_IN_RULES.length);
    for (const rule of BUILT_IN_RULES) expect(rule.because).not.toBe('');
    // Nothing with a memory of its last match.
    for (const rule of BUILT_IN_RULES) expect(rule.match.flags).not.toMatch(/[gy]/);
  });
});

describe('watchSuiteLog', () => {
  it('puts the rules of osrel.yml first, for their suite, with their place in it', () => {
    const rules: ConfiguredRule[] = [
      { match: 'never', verdict: 'failed', because: 'x', suite: null },
      { match: 'flashing', verdict: 'infrastructure', because: 'our reader is old', suite: 'os' },
    ];
    const lines = ['Error flashing DUT, retrying...'];
    expect(hitsOf(lines, { rules })).toMatchObject([
      { rule: 'tests.verdicts[1]', scope: 'configured', verdict: 'infrastructure' },
      { rule: 'flashing-failed', scope: 'failure' },
    ]);
    expect(hitsOf(lines, { rules, suite: 'cloud' })).toHaveLength(1);
  });

  it('says which failures a rule explains by their own message, and finds them there as well', () => {
    const tests = [failed('OS > a', 'Error while flashing DUT, retrying...'), failed('OS > b', 'no link')];
    expect(hitsOf([], { tests })).toMatchObject([{ rule: 'flashing-failed', explains: ['OS > a'] }]);
  });

  it('tells the rig that the core calls from the device under test', () => {
    const lines = ['POST http://10.0.0.7:8080/dut/on'];
    const tests = [
      failed('OS > a', 'connect ECONNREFUSED 10.0.0.7:8080'),
      failed('OS > b', 'connect ECONNREFUSED 10.0.0.7:48484'),
      failed('OS > c', 'connect ECONNREFUSED 10.0.0.70:8080'),
    ];
    expect(hitsOf(lines, { tests })).toMatchObject([
      { rule: 'rig-unreachable', verdict: 'rig-failure', explains: ['OS > a'] },
    ]);
    expect(hitsOf([], { tests })).toEqual([]);
    const remote = ['GET https://abc.balena-devices.com/dut/ip'];
    const lost = [failed('OS > a', 'getaddrinfo ENOTFOUND abc.balena-devices.com')];
    expect(hitsOf(remote, { tests: lost })[0]).toMatchObject({ explains: ['OS > a'] });
  });

  it('keeps one line a rule, however much is printed, and no more of it than can be read', () => {
    const line = `Error flashing DUT ${'x'.repeat(100_000)}`;
    const hits = hitsOf(Array<string>(1000).fill(line));
    expect(hits).toHaveLength(1);
    expect(hits[0]?.line.length).toBeLessThanOrEqual(300);
  });
});
