import { askProgram } from './find-program.ts';
import { type Finding, missing, ok } from './finding.ts';

const ENGINES = ['docker', 'podman'] as const;
const NATIVE_WAY = 'or build on this machine itself: osrel build --container none';

/** Whether the container engine that is asked for answers; `auto`: any. `named` is the program of variable DOCKER. */
export async function checkContainerEngine(
  engine: 'auto' | (typeof ENGINES)[number],
  named: string | undefined,
): Promise<Finding> {
  const wanted = engine === 'auto' ? ENGINES : [engine];
  const programs = named === undefined || named === '' ? wanted : [named];
  const complaints: string[] = [];
  for (const program of programs) {
    const answer = await askProgram(program, ['info']);
    if (answer.kind === 'answered') return ok('container engine', `${program} answers`);
    complaints.push(
      answer.kind === 'absent' ? `${program} is not on PATH` : `${program}: ${lastLine(answer.text)}`,
    );
  }
  const isRefused = complaints.some((complaint) => /permission denied/i.test(complaint));
  const install = 'sudo apt-get install docker.io && sudo systemctl start docker';
  const mend = isRefused ? 'sudo usermod -aG docker "$USER", then log in again' : install;
  return missing('container engine', complaints.join('; '), `${mend}, ${NATIVE_WAY}`);
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1)?.trim() ?? '';
}
