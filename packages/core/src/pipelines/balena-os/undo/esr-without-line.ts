import { compareEsrLines, type EsrLine, formatEsrLine } from '../../../model/esr-line.ts';
import {
  ESR_TAG_ORDER,
  type EsrRotation,
  type EsrTags,
  findEsrLine,
  isSameEsrLine,
} from '../../../model/esr-tags.ts';

/**
 * What the three tags of a fleet become when a line has no version left to offer: the other lines close up, and the newest
 * older line that still has one takes the place at the end. A line that is not tagged changes nothing.
 *
 * @param offered lines with a final release that is not withdrawn, the withdrawn version left out
 */
export function withoutEsrLine(
  tags: EsrTags,
  line: EsrLine,
  offered: readonly EsrLine[],
): Pick<EsrRotation, 'before' | 'after' | 'changes' | 'because'> {
  const name = formatEsrLine(line);
  if (offered.some((each) => isSameEsrLine(each, line)))
    return unchanged(tags, `${name} has other versions to offer: its tag stays`);
  const before = ([tags.next, tags.current, tags.sunset] as const).map((tag) =>
    tag === null ? null : (findEsrLine(tag) ?? null),
  );
  if (!before.some((each) => isSameEsrLine(each, line))) return unchanged(tags, `no tag names ${name}`);
  const left = before.filter((each) => each !== null && !isSameEsrLine(each, line)) as readonly EsrLine[];
  const last = left.at(-1) ?? line;
  const older = offered
    .filter((each) => compareEsrLines(each, last) < 0 && compareEsrLines(each, line) !== 0)
    .toSorted((a, b) => compareEsrLines(b, a));
  const places = before.filter((each) => each !== null).length;
  const lines = [...left, ...older].slice(0, places).map(formatEsrLine);
  // One line alone is the current one; next and sunset come with the second and third (balena-automation 5.4).
  const [next = null, current = null, sunset = null] = lines.length === 1 ? [null, ...lines] : lines;
  const after = { next, current, sunset };
  const changes = ESR_TAG_ORDER.flatMap((tag) =>
    after[tag] === tags[tag] ? [] : [{ tag, from: tags[tag], to: after[tag] }],
  );
  return { before: tags, after, changes, because: `${name} has no version left to offer` };
}

function unchanged(tags: EsrTags, because: string) {
  return { before: tags, after: tags, changes: [], because };
}
