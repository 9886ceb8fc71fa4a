// Plays the stock client for tests: what it prints and leaves behind is that of Leviathan 2.36 (recorded by hand).
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const value = (flag: string): string => process.argv[process.argv.indexOf(flag) + 1] ?? '';
const { SCENARIO: scenario = 'pass', NOTES: notes = '' } = process.env;
const configPath = value('-c');
const [config] = JSON.parse(readFileSync(configPath, 'utf8'));
writeFileSync(
  notes,
  JSON.stringify({
    argv: process.argv.slice(2),
    mode: (statSync(configPath).mode & 0o777).toString(8),
    folder: process.cwd(),
    config,
    variables: process.env,
  }),
);

const time = '2026-01-05T08:00:00.000Z';
const say = (text: string): boolean => process.stdout.write(`${text}\n`);
const info = (text: string): boolean => say(`[${time}] INFO: ${text}`);
const suite = (text: string): boolean => say(`[${time}][127-os] ${text}`);
const end = (code: number, children: string): never => {
  say(`Exiting with ${code}, client = 0, children: ${children}`);
  process.exit(code);
};
const fail = (text: string): never => {
  say(`Error: ${text}\n    at main (multi-client.js:1:1)`);
  say('No workers found...NO TESTS RAN');
  process.exit(1);
};

const TAP = {
  pass: '# Subtest: A suite\n    ok 1 - a test\n    1..1\nok 1 - A suite\n\n1..1\n',
  fail: '# Subtest: A suite\n    not ok 1 - a test\n    1..1\nnot ok 1 - A suite\n\n1..1\n',
};

function report(log: string, summary: string | null): void {
  writeFileSync('reports/worker-127-os-board_A.log', log);
  writeFileSync('reports/dut-serial-127-os-board_A.log', 'login:\n');
  writeFileSync('reports/artifacts-127-os-board_A.tar.gz', 'an archive');
  if (summary !== null) writeFileSync('reports/final-result.json', summary);
}

const SUMMARY = JSON.stringify([{ suite: 'A suite', stats: { ran: 1 }, tests: { 'a test': 'passed' } }]);

async function reserve(): Promise<void> {
  const [url] = config.workers as readonly string[];
  await fetch(`${url}/start`);
  suite(`INFO: WORKER URL: ${url}`);
}

function runSuite(outcome: 'pass' | 'fail'): void {
  suite('Handling artifact: os.img');
  suite('Uploading - 50%');
  suite('Run queue summary:\nTAP version 13');
  say(TAP[outcome]);
}

mkdirSync('reports', { recursive: true });
info('Computing Run Queue');
const plays: Readonly<Record<string, () => Promise<void> | void>> = {
  pass: async () => {
    await reserve();
    runSuite('pass');
    suite(`POST ${config.workers[0]}/teardown`);
    suite('Test suite has exited with: PASS');
    report(TAP.pass, SUMMARY);
    end(0, '0 (success)');
  },
  fail: async () => {
    await reserve();
    runSuite('fail');
    suite('Test suite has exited with: FAIL');
    report(TAP.fail, SUMMARY.slice(0, -30));
    end(1, '2 (test failure)');
  },
  // Exit code 0 and a summary that is none: what the real one does when the connection drops.
  cut: async () => {
    await reserve();
    runSuite('pass');
    suite('WS connection is closed');
    report(TAP.pass, '[{"message":"Report is not available"}]');
    end(0, '0 (success)');
  },
  'core-error': async () => {
    await reserve();
    suite('Error: Already running a suite. Please stop it or try again later.\n    at main.js:1:1');
    report('', '[]');
    end(1, '3 (test error)');
  },
  'rig-lost': async () => {
    await reserve();
    runSuite('pass');
    suite('Error: Lost communication with worker! ');
    report('', null);
    end(1, '1 (error)');
  },
  killed: async () => {
    await reserve();
    process.kill(process.pid, 'SIGKILL');
    await sleep(10_000);
  },
  'no-workers': () => fail('No workers found for worker tag: generic-amd64'),
  'bad-login': () => fail('Failed to authenticate with balenaSDK. Check your API key'),
  'bad-type': () => fail('Configuration issues -> [{"deviceType":"Invalid device type: x"}]'),
  'bad-config': () => fail('Configuration issues -> [{"suite":"Tests not found, check path."}]'),
  'bad-schema': () => fail("Invalid configuration -> data should have required property 'suite'"),
  broken: () => fail("Cannot find module 'ajv'"),
  strange: () => fail('socket hang up'),
  busy: async () => {
    info('all rigs are busy');
    await sleep(60_000);
  },
  // A suite that was stopped looks passed.
  long: async () => {
    process.on('SIGTERM', () => {
      suite('Test suite has exited with: PASS');
      report(TAP.pass, SUMMARY);
      end(1, '143 (exception)');
    });
    await reserve();
    runSuite('fail');
    await sleep(60_000);
  },
  stuck: async () => {
    process.on('SIGTERM', () => {});
    await reserve();
    runSuite('fail');
    await sleep(60_000);
  },
};
await plays[scenario]?.();
