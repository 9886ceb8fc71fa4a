import { type OsrelError, type Problem, refused } from '../../errors/osrel-error.ts';
import { compareEsrLines, type EsrLine, esrLineOf, formatEsrLine } from '../../model/esr-line.ts';
import {
  describeEsrTags,
  ESR_TAG_ORDER,
  type EsrRotation,
  type EsrTagChange,
  type EsrTags,
  findEsrLine,
  isSameEsrLine,
} from '../../model/esr-tags.ts';
import type { EsrVersion } from '../../model/os-version.ts';

interface Lines {
  readonly next: EsrLine | null;
  readonly current: EsrLine | null;
  readonly sunset: EsrLine | null;
}

interface Decision {
  readonly wanted: Lines;
  readonly because: string;
}

/**
 * What a new version of an ESR line does to the three tags of its fleet (balena-automation 5.4, required
 * algorithm): nothing for a line that is there already or for a backport; the first line becomes current, the
 * second next, and every newer one moves all three. Two neighbours with the same line are what a rotation that
 * was cut short leaves behind; the next newer line closes that gap without losing the older one.
 * Throws refused `esr.tags-inconsistent` when a tag is malformed or no rule fits.
 */
export function planEsrRotation(tags: EsrTags, version: EsrVersion): EsrRotation {
  const lines = parseTags(tags);
  const line = esrLineOf(version);
  const decision = decide({ tags, lines, line });
  const changes = changesBetween(tags, lines, decision.wanted);
  return {
    before: tags,
    after: { ...tags, ...Object.fromEntries(changes.map(({ tag, to }) => [tag, to])) },
    changes,
    because: decision.because,
    outcome: changes.length === 0 ? 'unchanged' : 'rotate',
  };
}

function decide(state: { readonly tags: EsrTags; readonly lines: Lines; readonly line: EsrLine }): Decision {
  const { tags, lines, line } = state;
  const { next, current, sunset } = lines;
  const name = formatEsrLine(line);
  const present = ESR_TAG_ORDER.filter((tag) => isSameEsrLine(lines[tag], line)).reverse();
  if (present.length > 0) {
    return { wanted: lines, because: `${name} is ${present.join(' and ')} already; a patch moves no tag` };
  }
  if (current === null) return takeFirstPlace(tags, lines, line);
  if (compareEsrLines(line, current) < 0) {
    return {
      wanted: lines,
      because: `${name} is older than the current line ${formatEsrLine(current)}: a backport`,
    };
  }
  if (next === null) {
    if (sunset !== null) throw inconsistent(tags, line, 'there is a sunset line but no next line');
    return {
      wanted: { ...lines, next: line },
      because: `${name} is the first line after ${formatEsrLine(current)}`,
    };
  }
  if (compareEsrLines(line, next) < 0) {
    throw inconsistent(tags, line, `${name} lies between the current and the next line`);
  }
  return rotate(tags, { next, current, sunset }, line);
}

function takeFirstPlace(tags: EsrTags, lines: Lines, line: EsrLine): Decision {
  const wanted = { ...lines, current: line };
  if (!isDescending([wanted.next, wanted.current, wanted.sunset])) {
    throw inconsistent(
      tags,
      line,
      'there is no current line, and the new one does not fit between the others',
    );
  }
  return { wanted, because: `the fleet has no current line, ${formatEsrLine(line)} becomes it` };
}

function rotate(
  tags: EsrTags,
  lines: { readonly next: EsrLine; readonly current: EsrLine; readonly sunset: EsrLine | null },
  line: EsrLine,
): Decision {
  const { next, current, sunset } = lines;
  if (compareEsrLines(next, current) < 0 || (sunset !== null && compareEsrLines(current, sunset) < 0)) {
    throw inconsistent(tags, line, 'the lines are not in the order next, current, sunset');
  }
  const because = `${formatEsrLine(line)} is newer than the next line ${formatEsrLine(next)}`;
  if (isSameEsrLine(next, current)) {
    const gap = `next and current are both ${formatEsrLine(next)}: an earlier rotation stopped before its last write`;
    return { wanted: { ...lines, next: line }, because: `${because}; ${gap}` };
  }
  return { wanted: { next: line, current: next, sunset: current }, because };
}

function changesBetween(tags: EsrTags, lines: Lines, wanted: Lines): readonly EsrTagChange[] {
  return ESR_TAG_ORDER.flatMap((tag) => {
    const to = wanted[tag];
    if (to === null || isSameEsrLine(lines[tag], to)) return [];
    return [{ tag, from: tags[tag], to: formatEsrLine(to) }];
  });
}

function parseTags(tags: EsrTags): Lines {
  const problems: Problem[] = [];
  const read = (tag: keyof EsrTags): EsrLine | null => {
    const value = tags[tag];
    const line = value === null ? null : findEsrLine(value);
    if (line !== undefined) return line;
    problems.push({ at: `esr-${tag}`, message: `${JSON.stringify(value)} is no ESR line such as 2026.7.x` });
    return null;
  };
  const lines = { next: read('next'), current: read('current'), sunset: read('sunset') };
  if (problems.length === 0) return lines;
  throw refused(
    'esr.tags-inconsistent',
    `the ESR tags of the fleet are malformed: ${describeEsrTags(tags)}`,
    {
      hint: 'set the tags named here to lines such as 2026.7.x, or remove them, then plan again',
      problems,
      details: { tags },
    },
  );
}

function isDescending(lines: readonly (EsrLine | null)[]): boolean {
  const present = lines.filter((line) => line !== null);
  return present.slice(1).every((line, index) => compareEsrLines(present[index] ?? line, line) > 0);
}

function inconsistent(tags: EsrTags, line: EsrLine, reason: string): OsrelError {
  const message = `the ESR tags leave no place for ${formatEsrLine(line)}: ${reason} (${describeEsrTags(tags)})`;
  return refused('esr.tags-inconsistent', message, {
    hint: 'correct the fleet tags esr-next, esr-current and esr-sunset by hand, then plan again',
    details: { tags, line: formatEsrLine(line), reason },
  });
}
