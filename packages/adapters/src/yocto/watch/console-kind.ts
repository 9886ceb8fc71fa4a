/** What a console line is. */
export type ConsoleKind =
  | 'blank'
  | 'cache'
  | 'parsing'
  | 'progress'
  | 'configuration'
  | 'shared-state'
  | 'queue'
  | 'task'
  | 'note'
  | 'warning'
  | 'error'
  | 'debug'
  /** A further line of a message. */
  | 'message-line'
  /** What a recipe prints without any mark (bb.plain), while bitbake runs. */
  | 'text'
  /** A task's log, shown in the console. */
  | 'log'
  | 'summary'
  | 'interruption'
  | 'waiting'
  | 'terminal'
  | 'usage'
  | 'barys'
  | 'environment'
  | 'container'
  | 'kas'
  | 'unexplained';

/** What bare lines belong to, until a marked one comes. */
export type ConsoleMode =
  /** No bitbake runs: a bare line has no explanation. */
  | 'outside'
  /** bitbake runs: a bare line is what a recipe printed. */
  | 'call'
  | 'message'
  | 'note'
  | 'configuration'
  | 'summary'
  | 'usage'
  | 'environment'
  | 'device-types'
  | 'credentials';

/** How a reader of some kind of line answers: what it was, and what bare lines after it belong to. */
export interface ReadLine {
  readonly kind: ConsoleKind;
  /** Undefined: as before. */
  readonly mode?: ConsoleMode;
  /** The line goes on with another one: bitbake had not ended it yet. */
  readonly rest?: string;
}
