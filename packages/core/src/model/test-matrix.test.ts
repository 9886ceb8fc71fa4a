import { describe, expect, it } from 'vitest';
import { OsrelError } from '../errors/osrel-error.ts';
import { parseTestMatrix } from './test-matrix.ts';

const WHERE = 'osrel.yml: tests.matrix';
const parse = (raw: unknown) => parseTestMatrix(raw, WHERE);

function problemsOf(raw: unknown): readonly string[] {
  try {
    parse(raw);
  } catch (error) {
    if (error instanceof OsrelError && error.code === 'tests.matrix-malformed') {
      return error.problems.map(({ at, message }) => `${at}: ${message}`);
    }
    throw error;
  }
  return [];
}

describe('no tests', () => {
  it.each([
    undefined,
    null,
    '',
    '  ',
    '{}',
    '[]',
    {},
    [],
    { include: [] },
    { test_suite: '' },
    { test_suite: [] },
    { test_suite: [''] },
    { test_suite: null },
    '{"test_suite":""}',
    { test_suite: [], environment: ['balena-cloud.com'] },
    { test_suite: '', environment: 'x', include: [] },
  ])('are asked for by %j', (raw) => {
    expect(parse(raw)).toEqual([]);
  });
});

describe('the list of osrel.yml', () => {
  it('is read as it is, with a worker for each lab', () => {
    const matrix = [
      { suite: 'os', lab: 'leviathan', worker: 'qemu' },
      { suite: 'cloud', lab: 'leviathan' },
      {
        suite: 'smoke',
        lab: 'command',
        command: ['./tests/smoke.sh', '-v'],
        results: 'tap',
        timeoutMinutes: 5,
      },
      { suite: 'boot', lab: 'qemu' },
    ];
    expect(parse(matrix)).toEqual([
      { id: 'os', suite: 'os', lab: 'leviathan', worker: 'qemu' },
      { id: 'cloud', suite: 'cloud', lab: 'leviathan', worker: 'testbot' },
      {
        id: 'smoke',
        suite: 'smoke',
        lab: 'command',
        worker: 'local',
        command: ['./tests/smoke.sh', '-v'],
        results: 'tap',
        timeoutMinutes: 5,
      },
      { id: 'boot', suite: 'boot', lab: 'qemu', worker: 'qemu' },
    ]);
  });

  it('takes a command for lab command', () => {
    expect(parse([{ suite: 'smoke', command: ['true'] }])[0]).toMatchObject({
      lab: 'command',
      worker: 'local',
    });
  });

  it('takes every field, also in dashed spelling', () => {
    const camel = {
      suite: 'hup',
      lab: 'leviathan',
      environment: 'balena-cloud.com',
      workerFleets: ['a/b', 'c/d'],
      testOrganization: 'me',
      runsOn: ['self-hosted'],
      secureBoot: true,
      testImage: 'balena-raw.img',
      timeoutMinutes: 90,
    };
    const dashed = {
      suite: 'hup',
      lab: 'leviathan',
      environment: 'balena-cloud.com',
      'worker-fleets': 'a/b, c/d',
      'test-organization': 'me',
      'runs-on': 'self-hosted',
      'secure-boot': 'true',
      'test-image': 'balena-raw.img',
      'timeout-minutes': 90,
    };
    expect(parse([camel])).toEqual([{ id: 'hup', worker: 'testbot', ...camel }]);
    expect(parse([dashed])).toEqual(parse([camel]));
  });

  it('takes entries of the reference workflow among its own', () => {
    const mixed = [
      { suite: 'smoke', command: ['x'] },
      { test_suite: 'os', environment: 'balena-cloud.com' },
    ];
    expect(parse(mixed).map((entry) => entry.lab)).toEqual(['command', 'leviathan']);
  });
});

describe('the test_matrix of the reference workflow', () => {
  it('is an include list with every field', () => {
    const include = [
      {
        test_suite: 'os',
        environment: 'balena-cloud.com',
        worker_type: 'qemu',
        worker_fleets: 'balena/testbot-rig,balena/testbot-rig-x86',
        test_org: 'testbot',
        runs_on: ['self-hosted', 'X64', 'kvm'],
        secure_boot: 1,
        test_image: 'balena-flasher.img',
      },
      { test_suite: 'hup', environment: 'bm.balena-dev.com', secure_boot: false, worker_type: '' },
    ];
    const expected = [
      {
        id: 'os',
        suite: 'os',
        lab: 'leviathan',
        worker: 'qemu',
        environment: 'balena-cloud.com',
        workerFleets: ['balena/testbot-rig', 'balena/testbot-rig-x86'],
        testOrganization: 'testbot',
        runsOn: ['self-hosted', 'X64', 'kvm'],
        secureBoot: true,
        testImage: 'balena-flasher.img',
      },
      {
        id: 'hup',
        suite: 'hup',
        lab: 'leviathan',
        worker: 'testbot',
        environment: 'bm.balena-dev.com',
        secureBoot: false,
      },
    ];
    expect(parse({ include })).toEqual(expected);
    expect(parse(JSON.stringify({ include }))).toEqual(expected);
  });

  it('is a product of lists, where runs_on is a list of lists', () => {
    const matrix = {
      test_suite: ['os', 'cloud'],
      environment: ['balena-cloud.com'],
      worker_type: ['qemu', 'testbot'],
      runs_on: [['self-hosted', 'X64']],
    };
    const entries = parse(matrix);
    expect(entries.map((entry) => entry.id)).toEqual([
      'os-qemu',
      'os-testbot',
      'cloud-qemu',
      'cloud-testbot',
    ]);
    expect(entries.every((entry) => entry.runsOn?.join() === 'self-hosted,X64')).toBe(true);
  });

  it.each([
    ['false', false],
    ['FALSE', false],
    ['0', false],
    [0, false],
    ['true', true],
    ['yes', true],
    [1, true],
  ])('takes secure_boot %j for %j', (value, expected) => {
    expect(
      parse({ include: [{ test_suite: 'os', environment: 'e', secure_boot: value }] })[0]?.secureBoot,
    ).toBe(expected);
  });

  it('needs an environment', () => {
    expect(problemsOf({ include: [{ test_suite: 'os' }] })).toEqual([
      `${WHERE}.include[0].environment: missing: needs the environment whose credentials the suite uses`,
    ]);
  });
});

describe('a malformed matrix', () => {
  it('is reported with every problem at the key as it was written', () => {
    const matrix = [
      { suite: 'os', lab: 'levithan' },
      { suite: '../x', lab: 'qemu', command: ['a'] },
      { suite: 'smoke', lab: 'command', comand: ['x'] },
      { lab: 'qemu', 'timeout-minutes': -1, results: 'tap' },
      'text',
    ];
    const problems = problemsOf(matrix).join('\n');
    for (const place of ['[0].lab', '[1].suite', '[2].comand', '[3].suite', '[3].timeout-minutes', '[4]']) {
      expect(problems).toContain(`${WHERE}${place}: `);
    }
    expect(problems).toContain('did you mean "command"');
  });

  it('is reported below include with the workflow names', () => {
    const include = [
      { test_suite: 'os', environment: 'e', test_image: 'balena.iso' },
      { test_suite: 'hup', environment: 'e', worker_typ: 'qemu' },
      { test_suite: 'x', environment: 'e', worker_type: 'rig' },
    ];
    expect(problemsOf({ include })).toEqual([
      expect.stringContaining(`${WHERE}.include[0].test_image: `),
      expect.stringContaining(`${WHERE}.include[1].worker_typ: unknown key`),
      `${WHERE}.include[2].worker_type: Leviathan has the workers testbot and qemu, not "rig"`,
    ]);
  });

  it('keeps the problems of neighbouring places apart', () => {
    expect(problemsOf([{ suite: 'a', lab: 'command', command: ['', ''] }])).toHaveLength(2);
  });

  it('keeps the cause of broken JSON', () => {
    expect(() => parse('{')).toThrow(expect.objectContaining({ cause: expect.any(SyntaxError) }));
  });

  it('is reported once for a value that many combinations share', () => {
    expect(problemsOf({ test_suite: ['os', 'hup'], environment: ['e'], test_image: ['x.img'] })).toHaveLength(
      1,
    );
  });

  it.each([
    [{ suite: 'a', lab: 'command' }, '[0].command: missing: lab "command" needs a command'],
    [{ suite: 'a', lab: 'command', command: [] }, '[0].command: needs a program'],
    [{ suite: 'a', lab: 'command', command: 'a b' }, '[0].command: needs an array'],
    [{ suite: 'a', lab: 'qemu', command: ['x'] }, '[0].command: is only for lab "command", not "qemu"'],
    [{ suite: 'a', lab: 'qemu', results: 'tap' }, '[0].results: is only for lab "command", not "qemu"'],
    [{ suite: 'a' }, '[0].lab: '],
    [
      { suite: 'a', lab: 'qemu', runs_on: 'a', runsOn: 'b' },
      '[0].runsOn: runsOn is given twice, under two names',
    ],
    [{ test_suite: '', environment: 'e' }, '[0].test_suite: '],
  ])('%j is refused', (entry, expected) => {
    const problems = problemsOf([entry]);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(WHERE + expected);
  });

  it.each(['{', 'os', 'true', 7, true])('%j is refused', (raw) => {
    expect(problemsOf(raw)).toHaveLength(1);
  });
});
