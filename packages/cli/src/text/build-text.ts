import type { DescribedBuild } from '../describe-builds.ts';
import type { Paint } from './paint.ts';
import { quoteCall, quoteWord } from './shell-words.ts';
import { plainLine, wrapText } from './wrap.ts';

const WIDTH = 96;

/** What a build step would run and write, for people; the command is one line that a shell takes as it is. */
export function renderBuild(build: DescribedBuild, paint: Paint): string {
  const { stepId, frontEnd, command, settingsFile, notes, problems } = build;
  const variables = Object.entries(command.environment).map(([name, value]) => `${name}=${quoteWord(value)}`);
  const blocks = [
    `${paint.strong(`${stepId} runs ${plainLine(frontEnd)}`)}\n`,
    block('folder', [quoteWord(command.workingDirectory)]),
    block('command', [quoteCall(command.file, command.arguments)]),
    block('environment that osrel sets', variables),
    settingsFile === null
      ? ''
      : block(`settings file ${plainLine(settingsFile.path)}`, linesOf(settingsFile.text)),
    block('notes', notes.map(bullet)),
    block(
      paint.bad('it cannot run here yet'),
      problems.map(({ at, message }) => bullet(`${paint.strong(plainLine(at))}: ${message}`)),
    ),
  ];
  return blocks.join('');
}

/** Nothing for no lines. */
function block(title: string, lines: readonly string[]): string {
  return lines.length === 0 ? '' : `  ${title}\n${lines.map((line) => `    ${line}`.trimEnd()).join('\n')}\n`;
}

function bullet(text: string): string {
  const lines = text.split('\n').map(plainLine).join('\n');
  return `- ${wrapText(lines, WIDTH).replaceAll('\n', '\n      ')}`;
}

function linesOf(text: string): readonly string[] {
  return text.replace(/\n$/, '').split('\n').map(plainLine);
}
