/** Where a command writes; the process's streams in `main`, strings in tests. */
export interface TerminalStream {
  readonly isTerminal: boolean;
  /** Width in characters; undefined off a terminal. */
  readonly columns: number | undefined;
  /** Writes text with secrets hidden. */
  readonly write: (text: string) => void;
  /** Writes text as it is: only for telling a CI system what to mask. */
  readonly writeSecret: (text: string) => void;
  /** The stream itself where it is a terminal, for views that redraw in place. */
  readonly node?: NodeJS.WriteStream;
}

/** The outside of one command: streams, environment variables and a place to ask. */
export interface Terminal {
  /** The answer. */
  readonly stdout: TerminalStream;
  /** The talk. */
  readonly stderr: TerminalStream;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Whether a person can be asked. */
  readonly canAsk: boolean;
  /** Asks one question on stderr and reads one line from stdin. */
  readonly ask: (question: string) => Promise<string>;
}
