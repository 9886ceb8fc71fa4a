import { type BuildProgress, listLines } from '@osrel/core';
import { describeBuild, listRunningTasks } from '../text/build-progress-text.ts';
import type { Paint } from '../text/paint.ts';
import { cutToWidth, plainLine } from '../text/wrap.ts';
import { isComplaint, isErrorLine } from './build-lines.ts';

/** Room of a terminal: what fits beside and below a step. */
export interface Room {
  readonly columns: number;
  /** Rows that the rest of the tree leaves. */
  readonly freeRows: number;
}

const RUNNING_TASKS = 6;
const COMPLAINTS = 3;
const COMPLAINING = /ERROR|WARNING|FATAL/;

/** What a build says of itself, made into a remark and lines for the tree. */
export function createBuildView(paint: Paint) {
  const complaints: string[] = [];
  const counts = { errors: 0, warnings: 0 };
  let progress: BuildProgress | undefined;
  const hear = (raw: string): void => {
    const line = plainLine(raw);
    if (!isComplaint(line)) return;
    counts[isErrorLine(line) ? 'errors' : 'warnings'] += 1;
    complaints.push(line);
    if (complaints.length > COMPLAINTS) complaints.shift();
  };
  const renderLines = ({ columns, freeRows }: Room): readonly string[] => {
    const said = [
      ...renderCounts(counts).map((line) => paint.warn(line)),
      ...complaints.map((line) => paint[isErrorLine(line) ? 'bad' : 'warn'](cutToWidth(line, columns))),
    ];
    const limit = Math.max(0, Math.min(RUNNING_TASKS, freeRows - said.length));
    const running = progress === undefined || limit === 0 ? [] : listRunningTasks(progress, limit);
    return [...running.map((line) => paint.faint(cutToWidth(plainLine(line), columns))), ...said];
  };
  return {
    /** Whether the build has told how far it is; until then its lines are all there is to see. */
    isFollowed: (): boolean => progress !== undefined,
    see: (latest: BuildProgress): void => {
      progress = latest;
    },
    /** Keeps the line if the build complains in it. */
    hear,
    /** The same for whole lines, each with a line feed at its end. */
    hearLines: (text: string): void => {
      // Colours may stand around these words, not inside them.
      if (!COMPLAINING.test(text)) return;
      for (const line of listLines(text)) hear(line);
    },
    remark: (columns: number): string => (progress === undefined ? '' : describeBuild(progress, columns)),
    listLines: renderLines,
  };
}

/** Only where not every complaint is shown. */
function renderCounts({
  errors,
  warnings,
}: {
  readonly errors: number;
  readonly warnings: number;
}): readonly string[] {
  if (errors + warnings <= COMPLAINTS) return [];
  const named = [
    ...(errors === 0 ? [] : [`${errors} error${errors === 1 ? '' : 's'}`]),
    ...(warnings === 0 ? [] : [`${warnings} warning${warnings === 1 ? '' : 's'}`]),
  ];
  return [`${named.join(', ')}; the last:`];
}
