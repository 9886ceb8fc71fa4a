import { splitWords } from './split-words.ts';

/** Something wrong with one item of a list of arguments; `item` counts from 0. */
export interface ArgumentProblem {
  readonly item: number;
  readonly message: string;
}

/** A list of arguments, read word by word. */
export interface ArgumentWords {
  /** The next word; an item that begins with a dash is split into its words first. Undefined at the end. */
  readonly next: () => { readonly text: string; readonly item: number } | undefined;
  /** The next value: the next word of a split item, or else the whole next item. Undefined at the end. */
  readonly value: () => string | undefined;
  /** The next value and all that follow up to one that begins with a dash, each split at its blanks. */
  readonly values: () => readonly string[];
  /** Passes over everything up to the next word that begins with a dash. */
  readonly skipValues: () => void;
  /** Items whose quotes are not closed, found so far. */
  readonly problems: readonly ArgumentProblem[];
}

interface Position {
  /** Index of the item that was opened last. */
  item: number;
  /** Its words that are not read yet. */
  line: readonly string[];
}

/** Opens a list of arguments, as a settings file, a composition or a shell gives it. */
export function openArgumentWords(items: readonly string[]): ArgumentWords {
  const position: Position = { item: -1, line: [] };
  const problems: ArgumentProblem[] = [];
  const split = (text: string): readonly string[] => {
    const found = splitWords(text);
    if (found.kind === 'words') return found.words;
    problems.push({ item: position.item, message: `a ${found.quote} is never closed` });
    return [];
  };
  const value = (): string | undefined => takeFromLine(position) ?? takeItem(position, items);
  const more = (): readonly string[] => {
    const found: string[] = [];
    while (isValue(position.line[0] ?? items[position.item + 1])) found.push(...split(value() ?? ''));
    return found;
  };
  return {
    problems,
    value,
    values: () => {
      const first = value();
      return first === undefined ? [] : [...split(first), ...more()];
    },
    skipValues: () => {
      more();
    },
    next: () => {
      while (position.line.length === 0) {
        const text = takeItem(position, items);
        if (text === undefined) return undefined;
        position.line = isValue(text) ? [text] : split(text);
      }
      return { text: takeFromLine(position) ?? '', item: position.item };
    },
  };
}

function takeFromLine(position: Position): string | undefined {
  const [word, ...rest] = position.line;
  position.line = rest;
  return word;
}

function takeItem(position: Position, items: readonly string[]): string | undefined {
  if (position.item + 1 >= items.length) return undefined;
  position.item += 1;
  return items[position.item];
}

function isValue(word: string | undefined): boolean {
  return word !== undefined && !word.trimStart().startsWith('-');
}
