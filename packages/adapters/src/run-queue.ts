/** A test or group that a suite lists, by its written title. */
export interface QueuedTest {
  readonly title: string;
  readonly children: readonly QueuedTest[];
}

export interface RunQueueReader {
  /** Takes one line; true while it belongs to the list. */
  readonly onLine: (line: string) => boolean;
  /** The suite at the top; undefined as long as it was not printed. */
  readonly root: () => QueuedTest | undefined;
}

interface Growing {
  readonly title: string;
  readonly children: Growing[];
}

const MOST_TESTS = 5000;

/**
 * Reads the list that Leviathan's core prints before a suite runs: `Run queue summary:`, then a title a line, one tab
 * deeper for each group around it. It alone tells groups from tests, and which tests were then left out.
 */
export function createRunQueueReader(): RunQueueReader {
  let isReading = false;
  let count = 0;
  let open: Growing[] = [];
  return {
    onLine: (line) => {
      if (line.trim() === 'Run queue summary:') {
        [isReading, open, count] = [true, [], 0];
        return true;
      }
      if (!isReading) return false;
      const found = /^(\t*) ?(\S.*)$/.exec(line.trimEnd());
      const depth = found?.[1]?.length ?? 0;
      const title = found?.[2];
      const fits = depth === 0 ? open.length === 0 : depth <= open.length;
      if (title === undefined || !fits || count >= MOST_TESTS) {
        isReading = false;
        return false;
      }
      const node: Growing = { title, children: [] };
      open[depth - 1]?.children.push(node);
      open = [...open.slice(0, depth), node];
      count += 1;
      return true;
    },
    root: () => open[0],
  };
}

/** The title of a test whose file could not be loaded; it runs as a test without a title (leviathan 3.5). */
export const NOT_LOADED = 'undefined';

/** Whether a test that reports itself as `name` is the queued one: templates in a title are filled in by then. */
export function isQueuedAs(queued: QueuedTest, name: string): boolean {
  if (queued.title === name || (queued.title === NOT_LOADED && name === '')) return true;
  if (!/\$\{|<%/.test(queued.title)) return false;
  const parts = queued.title.split(/\$\{[^}]*\}|<%.*?%>/);
  const pattern = parts.map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')).join('.*');
  return new RegExp(`^${pattern}$`).test(name);
}

/** The tests below a queued one, by their titles from it inwards; itself when it is no group. */
export function queuedLeaves(queued: QueuedTest): readonly (readonly string[])[] {
  if (queued.children.length === 0) return [[queued.title]];
  return queued.children.flatMap((child) => queuedLeaves(child).map((path) => [queued.title, ...path]));
}
