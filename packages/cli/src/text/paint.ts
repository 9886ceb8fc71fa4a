import { Chalk, type ColorSupportLevel } from 'chalk';

type Brush = (text: string) => string;

/** Colours by meaning; every one is the identity when colour is off. */
export interface Paint {
  readonly strong: Brush;
  readonly faint: Brush;
  readonly good: Brush;
  readonly bad: Brush;
  readonly warn: Brush;
  readonly note: Brush;
}

export interface ColourQuestion {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly isTerminal: boolean;
}

/**
 * Whether to colour (no-color.org, force-color.org): NO_COLOR switches off, FORCE_COLOR on (0 and false: off), then
 * TERM=dumb is off, a known CI that renders ANSI is on, else only a terminal.
 */
export function colourLevel({ environment, isTerminal }: ColourQuestion): ColorSupportLevel {
  if ((environment.NO_COLOR ?? '') !== '') return 0;
  const forced = environment.FORCE_COLOR;
  if (forced !== undefined) return forced === '0' || forced === 'false' ? 0 : 1;
  if (environment.TERM === 'dumb') return 0;
  if (environment.GITHUB_ACTIONS === 'true' || environment.GITLAB_CI === 'true') return 1;
  return isTerminal ? 1 : 0;
}

export function createPaint(level: ColorSupportLevel): Paint {
  const chalk = new Chalk({ level });
  return {
    strong: (text) => chalk.bold(text),
    faint: (text) => chalk.dim(text),
    good: (text) => chalk.green(text),
    bad: (text) => chalk.red(text),
    warn: (text) => chalk.yellow(text),
    note: (text) => chalk.cyan(text),
  };
}

export const NO_PAINT: Paint = createPaint(0);
