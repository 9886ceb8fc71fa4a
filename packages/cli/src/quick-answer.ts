import { COMMANDS } from './commands/registry.ts';
import { renderCommandHelp, renderProgramHelp, renderShortHelp } from './help-text.ts';
import { OSREL_VERSION } from './version.ts';

/** The answer to the plain questions that scripts and shells ask all the time; undefined for everything else. */
export function findQuickAnswer(words: readonly string[]): string | undefined {
  const [first, second] = words;
  if (first === undefined) return renderShortHelp(OSREL_VERSION);
  if (words.length === 1 && (first === '--version' || first === '-V')) return `${OSREL_VERSION}\n`;
  if (words.length === 1 && isHelp(first)) return renderProgramHelp(COMMANDS);
  const command = COMMANDS.find((each) => each.name === first);
  return command !== undefined && words.length === 2 && isHelp(second)
    ? renderCommandHelp(command, command.name)
    : undefined;
}

function isHelp(word: string | undefined): boolean {
  return word === '--help' || word === '-h';
}
