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
  const byStart = groupByStart(texts);
  const longest = texts[0]?.length ?? 0;

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
      for (let start = Math.max(0, text.length - longest + 1); start < text.length; start += 1) {
        const candidates = byStart.get(pairAt(text, start));
        if (candidates === undefined) continue;
        const rest = text.slice(start);
        if (candidates.some((candidate) => candidate.length > rest.length && candidate.startsWith(rest)))
          return start;
      }
      return text.length;
    },
  };
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

/** The first two characters as one number; just the first where the text ends. */
function pairAt(text: string, start: number): number {
  const second = start + 1 < text.length ? text.charCodeAt(start + 1) + 1 : 0;
  return text.charCodeAt(start) * 0x20000 + second;
}

function groupByStart(texts: readonly string[]): ReadonlyMap<number, readonly string[]> {
  const groups = new Map<number, string[]>();
  for (const text of texts) {
    for (const start of [pairAt(text, 0), pairAt(text.slice(0, 1), 0)]) {
      groups.set(start, [...(groups.get(start) ?? []), text]);
    }
  }
  return groups;
}
