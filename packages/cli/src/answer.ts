import type { Host } from './host.ts';
import type { Settings } from './settings.ts';

/** One answer in the two forms a user can ask for. */
export interface Answer {
  readonly text: () => string;
  readonly document: () => unknown;
}

/** Prints the answer on stdout: text, an indented JSON document, or one JSON line. */
export function printAnswer(host: Host, settings: Settings, answer: Answer): void {
  if (settings.output === 'text') {
    host.terminal.stdout.write(withNewline(answer.text()));
    return;
  }
  host.terminal.stdout.write(
    `${JSON.stringify(answer.document(), null, settings.output === 'json' ? 2 : undefined)}\n`,
  );
}

/** One line of talk on stderr; nothing with `--quiet`. */
export function say(host: Host, settings: Settings, line: string): void {
  if (settings.verbosity !== 'quiet') host.terminal.stderr.write(withNewline(line));
}

/** Names the command that comes next, for people only. */
export function suggestNext(host: Host, settings: Settings, command: string): void {
  if (settings.output === 'text') say(host, settings, host.paint.stderr.faint(`next: ${command}`));
}

function withNewline(text: string): string {
  return text === '' || text.endsWith('\n') ? text : `${text}\n`;
}
