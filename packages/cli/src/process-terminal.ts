import { createInterface } from 'node:readline/promises';
import type { TextRedactor } from './host.ts';
import type { Terminal, TerminalStream } from './terminal.ts';

/** The streams of a Node process, handed in by `main`. */
export interface ProcessStreams {
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  readonly stdin: NodeJS.ReadStream;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Everything a command writes goes through `redactor`. */
export function createProcessTerminal(
  { stdout, stderr, stdin, env }: ProcessStreams,
  redactor: TextRedactor,
): Terminal {
  const toStream = (stream: NodeJS.WriteStream) => createStream(stream, { env, redactor });
  return {
    stdout: toStream(stdout),
    stderr: toStream(stderr),
    environment: env,
    canAsk: stdin.isTTY === true && stderr.isTTY === true,
    ask: async (question) => {
      const reader = createInterface({ input: stdin, output: stderr });
      try {
        return (await reader.question(question)).trim();
      } finally {
        reader.close();
      }
    },
  };
}

function createStream(
  stream: NodeJS.WriteStream,
  { env, redactor }: Pick<ProcessStreams, 'env'> & { readonly redactor: TextRedactor },
): TerminalStream {
  return {
    isTerminal: stream.isTTY === true && env.TERM !== 'dumb',
    get columns() {
      return stream.isTTY ? stream.columns : undefined;
    },
    ...(stream.isTTY ? { node: stream } : {}),
    write: (text) => {
      stream.write(redactor.text(text));
    },
    writeSecret: (text) => {
      stream.write(text);
    },
  };
}
