import { describe, expect, it } from 'vitest';
import type { RunningProcess } from '../../linux-process.ts';
import { assignRoles, programOf } from './find-bitbake-processes.ts';

const folder = '/repo/build';

function process(pid: number, words: string, changes: Partial<RunningProcess> = {}): RunningProcess {
  return {
    pid,
    parent: 1,
    group: pid,
    session: 9,
    hasTerminal: false,
    startTicks: pid,
    name: 'python3',
    arguments: words.split(' '),
    workingDirectory: folder,
    ...changes,
  };
}

function rolesOf(processes: readonly RunningProcess[], lockPid?: number): Readonly<Record<string, string>> {
  return Object.fromEntries(
    assignRoles(processes, { folder, lockPid }).map(({ pid, role }) => [String(pid), role]),
  );
}

const SERVER = `python3 /poky/bitbake/bin/bitbake-server decafbad 3 5 ${folder}/log ${folder}/bitbake.lock s 0 0 None 0`;
const WORKER = 'python3 /poky/bitbake/bin/bitbake-worker decafbad';

describe('assignRoles', () => {
  it('tells client, server, workers, tasks and what they started', () => {
    const processes = [
      process(10, 'python3 /poky/bitbake/bin/bitbake core-image', { parent: 9 }),
      process(20, SERVER, { session: 19 }),
      process(21, 'python3 parser', { parent: 20, session: 19 }),
      process(30, WORKER, { parent: 20, session: 19 }),
      process(40, WORKER, { parent: 30, session: 40 }),
      process(41, '/bin/sh run.do_compile.40', { parent: 40, session: 40, workingDirectory: '/elsewhere' }),
    ];
    expect(rolesOf(processes)).toEqual({
      10: 'client',
      20: 'server',
      21: 'server',
      30: 'worker',
      40: 'task',
      41: 'task',
    });
  });

  it('knows the server of an old bitbake, which looks like its client, by the lock file', () => {
    const words = 'python3 /poky/bitbake/bin/bitbake core-image';
    const processes = [process(10, words, { session: 10 }), process(20, words, { session: 19 })];
    expect(rolesOf(processes, 20)).toEqual({ 10: 'client', 20: 'server' });
    expect(rolesOf([process(20, words, { name: 'Cooker' })])).toEqual({ 20: 'server' });
  });

  it('leaves alone what works on another build folder, also one whose name only begins alike', () => {
    const other = '/repo/build-other';
    expect(
      rolesOf([
        process(10, 'python3 /poky/bitbake/bin/bitbake core-image', { workingDirectory: other }),
        process(20, SERVER.replaceAll(folder, other), { workingDirectory: other }),
        process(30, WORKER, { workingDirectory: other }),
      ]),
    ).toEqual({});
  });

  it('takes nothing for the server only because a number in an old lock file fits', () => {
    expect(rolesOf([process(20, 'vim conf/local.conf')], 20)).toEqual({});
  });

  it('finds tasks whose parents ended, by their session', () => {
    const orphans = [
      process(41, '/bin/sh run.do_compile.40', { session: 40, workingDirectory: `${folder}/tmp/work/zlib` }),
      process(42, 'wget http://example.org', { parent: 41, session: 40, workingDirectory: '/downloads' }),
    ];
    expect(rolesOf(orphans)).toEqual({ 41: 'task', 42: 'task' });
  });

  it('leaves alone what a user does in the build folder', () => {
    const work = `${folder}/tmp/work`;
    expect(
      rolesOf([
        process(50, '-bash', { session: 50, hasTerminal: true }),
        process(51, 'vim bitbake', { parent: 50, session: 50, hasTerminal: true, workingDirectory: work }),
        process(60, 'tmux', { session: 60, workingDirectory: work }),
        process(61, 'make', { parent: 60, session: 61, workingDirectory: work }),
        process(62, 'less log', { parent: 1, session: 61, workingDirectory: work }),
        process(70, 'tail -f bitbake-cookerdaemon.log'),
        process(80, 'python3 /poky/bitbake/bin/bitbake-getvar MACHINE'),
      ]),
    ).toEqual({});
  });

  it("finds pseudo's daemon, which makes a session of its own", () => {
    const pseudo = `${folder}/tmp/sysroots-components/x86_64/pseudo-native/usr/bin/pseudo`;
    const where = { session: 90, workingDirectory: `${folder}/tmp/work/image/pseudo` };
    expect(rolesOf([process(90, `${pseudo} -d`, where)])).toEqual({ 90: 'task' });
    expect(rolesOf([process(90, '/usr/bin/pseudo -d', where)])).toEqual({});
  });
});

describe('programOf', () => {
  it.each([
    ['bitbake image', 'bitbake'],
    ['/usr/bin/python3.11 -B /poky/bin/bitbake image', 'bitbake'],
    ['env MACHINE=qemu bitbake image', 'bitbake'],
    ['bash /home/me/bin/bitbake image', 'bitbake'],
    ['less bitbake', 'less'],
    ['bash', 'bash'],
    ['', ''],
  ])('of %j is %j', (words, expected) => {
    expect(programOf(words === '' ? [] : words.split(' '))).toBe(expected);
  });
});
