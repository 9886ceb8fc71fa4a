import { askProgram } from './find-program.ts';
import { type Finding, missing, ok, weak } from './finding.ts';

interface Program {
  readonly name: string;
  readonly arguments: readonly string[];
  readonly need: 'required' | 'useful';
  readonly mend: string;
}

const PROGRAMS: readonly Program[] = [
  {
    name: 'git',
    arguments: ['--version'],
    need: 'required',
    mend: 'install git, for example: apt-get install git',
  },
  {
    name: 'mke2fs',
    arguments: ['-V'],
    need: 'useful',
    mend: 'some front ends make ext4 file systems with it: apt-get install e2fsprogs',
  },
  {
    name: 'qemu-system-x86_64',
    arguments: ['--version'],
    need: 'useful',
    mend: 'boots images for tests: apt-get install qemu-system-x86',
  },
];

const NODE_MAJOR = 24;

/** Programs that osrel or a front end calls, with the versions found. */
export async function checkPrograms(nodeVersion: string): Promise<readonly Finding[]> {
  return [checkNode(nodeVersion), ...(await Promise.all(PROGRAMS.map(checkProgram)))];
}

function checkNode(version: string): Finding {
  const major = Number(/^v?([0-9]+)/.exec(version)?.[1] ?? 0);
  return major >= NODE_MAJOR
    ? ok('node', version)
    : missing('node', version, `install Node ${NODE_MAJOR} or newer`);
}

async function checkProgram({ name, arguments: words, need, mend }: Program): Promise<Finding> {
  const answer = await askProgram(name, words);
  if (answer.kind === 'answered') {
    const version = answer.text.split('\n').find((line) => /[0-9]\.[0-9]/.test(line));
    return ok(name, version?.trim() ?? 'there');
  }
  const reason = answer.kind === 'absent' ? 'not on PATH' : 'does not run';
  return need === 'required' ? missing(name, reason, mend) : weak(name, reason, mend);
}
