import { keepText } from './kept-text.ts';

const MAX_MESSAGES = 200;
const MAX_CHARACTERS = 4000;
/** The first line tells messages apart: the console may bring the others later, or not at all. */
const MAX_KEY = 500;

/** Adds a further line to a message. */
export type ExtendMessage = (line: string) => void;

/** The warnings or errors of a build: in order, each once, a bounded number of bounded texts. */
export interface MessageList {
  readonly add: (text: string) => ExtendMessage;
  readonly list: () => readonly string[];
}

/** Takes the same message from several sources; the longest text of it stays. */
export function createMessageList(): MessageList {
  const texts = new Map<string, string>();
  return {
    add: (text) => {
      const key = keyOf(text);
      if (texts.size >= MAX_MESSAGES && !texts.has(key)) return () => {};
      let kept = keepText(text, MAX_CHARACTERS).trimEnd();
      keepLongest(texts, key, kept);
      return (line) => {
        if (kept.length >= MAX_CHARACTERS) return;
        kept = keepText(`${kept}\n${line.slice(0, MAX_CHARACTERS)}`, MAX_CHARACTERS);
        keepLongest(texts, key, kept);
      };
    },
    list: () => [...texts.values()].map((text) => text.trimEnd()),
  };
}

function keyOf(text: string): string {
  const end = text.indexOf('\n');
  return keepText(end === -1 ? text : text.slice(0, end), MAX_KEY).trim();
}

function keepLongest(texts: Map<string, string>, key: string, text: string): void {
  if (text.length > (texts.get(key)?.length ?? -1)) texts.set(key, text);
}
