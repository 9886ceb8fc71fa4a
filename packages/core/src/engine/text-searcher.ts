/** Finds many fixed texts in one pass. */
export interface TextSearcher {
  /** The end of the longest of the texts that begins at the first match at or behind `from`; undefined when there is none. */
  findNext(text: string, from: number): Match | undefined;
  /** The first place behind which `text` may be the beginning of one of the texts; its length when there is none. */
  findOpenEnd(text: string): number;
}

export interface Match {
  readonly start: number;
  readonly end: number;
}

const BLOCK = 3;

/**
 * The Wu-Manber search: a table tells for each block of three characters how far the window of the shortest text may
 * jump, so that most characters of a log are never looked at. `wanted` holds texts of at least three characters.
 */
export function createTextSearcher(wanted: readonly string[]): TextSearcher {
  const texts = [...new Set(wanted)].sort((a, b) => b.length - a.length);
  if (texts.length === 0) return { findNext: () => undefined, findOpenEnd: (text) => text.length };
  const { window, surplusBits, jumps, endings } = createJumpTable(texts);
  const opening = createOpenings(texts);

  return {
    findNext(text, from) {
      let last = from + window - 1;
      while (last < text.length) {
        const block = blockAt(text, last, surplusBits);
        const jump = jumps[block] ?? 1;
        if (jump > 0) {
          last += jump;
          continue;
        }
        const start = last - window + 1;
        const found = endings.get(block)?.find((candidate) => text.startsWith(candidate, start));
        if (found !== undefined) return { start, end: start + found.length };
        last += 1;
      }
      return undefined;
    },
    findOpenEnd(text) {
      const opened = opening(text.charAt(text.length - 1));
      let first = text.length;
      for (const [beginning, candidates] of opened.byBeginning) {
        let start = text.indexOf(beginning, Math.max(0, text.length - opened.reach));
        while (start !== -1 && start < first) {
          const rest = text.slice(start);
          if (candidates.some((each) => each.length > rest.length && each.startsWith(rest))) first = start;
          start = text.indexOf(beginning, start + 1);
        }
      }
      return first;
    },
  };
}

/** The texts that may have begun where a text ends with a certain character. */
interface Opening {
  /** Characters of the longest such beginning. */
  readonly reach: number;
  /** By first character. */
  readonly byBeginning: ReadonlyMap<string, readonly string[]>;
}

/** Most pieces of a log end with a character, a line end, that few of the texts have inside: nothing is to be done then. */
function createOpenings(texts: readonly string[]): (last: string) => Opening {
  const known = new Map<string, Opening>();
  return (last) => {
    const found = known.get(last) ?? findOpening(texts, last);
    known.set(last, found);
    return found;
  };
}

function findOpening(texts: readonly string[], last: string): Opening {
  const byBeginning = new Map<string, readonly string[]>();
  let reach = 0;
  for (const text of texts) {
    const length = last === '' ? 0 : text.lastIndexOf(last, text.length - 2) + 1;
    if (length === 0) continue;
    reach = Math.max(reach, length);
    const beginning = text.charAt(0);
    byBeginning.set(beginning, [...(byBeginning.get(beginning) ?? []), text]);
  }
  return { reach, byBeginning };
}

interface JumpTable {
  /** Length of the shortest text: only so much of each text is in the table. */
  readonly window: number;
  /** Bits of a block's hash that the table has no room for. */
  readonly surplusBits: number;
  /** How far the window may move when it ends with a block; 0 where a text may be. */
  readonly jumps: Uint8Array;
  /** Texts whose window ends with a block, the longest first. */
  readonly endings: ReadonlyMap<number, readonly string[]>;
}

const FEWEST_BITS = 12;
const MOST_BITS = 16;
const FARTHEST_JUMP = 255;

/** `texts` are sorted, the longest first. */
function createJumpTable(texts: readonly string[]): JumpTable {
  const window = texts.at(-1)?.length ?? 0;
  if (window < BLOCK) throw new Error(`a text to search for has ${window} characters, fewer than ${BLOCK}`);
  // As small as the number of blocks allows: a table that fits the processor's first cache doubles the speed.
  const wantedBits = Math.ceil(Math.log2(texts.length * window * 16));
  const bits = Math.min(MOST_BITS, Math.max(FEWEST_BITS, wantedBits));
  const surplusBits = 32 - bits;
  const jumps = new Uint8Array(1 << bits).fill(Math.min(window - BLOCK + 1, FARTHEST_JUMP));
  const endings = new Map<number, string[]>();
  for (const text of texts) {
    for (let end = BLOCK; end <= window; end += 1) {
      const block = blockAt(text, end - 1, surplusBits);
      jumps[block] = Math.min(jumps[block] ?? 0, window - end);
    }
    const ending = blockAt(text, window - 1, surplusBits);
    endings.set(ending, [...(endings.get(ending) ?? []), text]);
  }
  return { window, surplusBits, jumps, endings };
}

/** Fibonacci hashing of the three characters that end at `last`. */
function blockAt(text: string, last: number, surplusBits: number): number {
  const block = text.charCodeAt(last) | (text.charCodeAt(last - 1) << 8) | (text.charCodeAt(last - 2) << 16);
  return Math.imul(block, 0x9e3779b1) >>> surplusBits;
}
