import { badUsage } from '../errors/osrel-error.ts';
import type { EsrVersion } from './os-version.ts';

/** The line `YYYY.M.x` of an extended support release. */
export interface EsrLine {
  readonly year: number;
  readonly month: number;
}

const LINE = /^([1-3][0-9]{3})\.(0?[1-9]|1[0-2])\.x$/;

export function esrLineOf(version: EsrVersion): EsrLine {
  return { year: version.year, month: version.month };
}

/**
 * Reads `2026.7.x`; `2026.07.x` is the same line. Any month is read, because a fleet's sunset tag may still
 * name a line from before the quarterly rhythm. Throws usage `esr.line-malformed`.
 */
export function parseEsrLine(text: string): EsrLine {
  const match = LINE.exec(text);
  if (match === null) {
    throw badUsage('esr.line-malformed', `ESR line ${JSON.stringify(text)} is malformed`, {
      hint: 'a line is a year, a month and the letter x: 2026.7.x',
    });
  }
  return { year: Number(match[1]), month: Number(match[2]) };
}

/** `2026.7.x`, never padded. */
export function formatEsrLine(line: EsrLine): string {
  return `${line.year}.${line.month}.x`;
}

/** Older is less. */
export function compareEsrLines(a: EsrLine, b: EsrLine): -1 | 0 | 1 {
  const months = a.year * 12 + a.month - (b.year * 12 + b.month);
  if (months === 0) return 0;
  return months < 0 ? -1 : 1;
}
