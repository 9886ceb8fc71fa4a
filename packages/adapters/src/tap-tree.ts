import { assertNever } from '@osrel/core';
import { isQueuedAs, type QueuedTest } from './run-queue.ts';
import { readTapLine, type TapDirective, type TapLine } from './tap-line.ts';

/** A test point that is not the end of a subtest. */
export interface TapPoint {
  readonly ok: boolean;
  readonly name: string;
  readonly directive: TapDirective | null;
  /** What the diagnostics say about a failure; null without any. */
  readonly detail: string | null;
}

/** A subtest, or the whole stream, whose title is empty. */
export interface TapNode {
  readonly title: string;
  readonly children: readonly TapNode[];
  readonly points: readonly TapPoint[];
  /** Points whose indentation fits nowhere: cut lines, or talk that looks like TAP. They decide nothing. */
  readonly strays: readonly TapPoint[];
  readonly comments: readonly string[];
  /** Null as long as the line that ends it was not seen. */
  readonly end: Extract<TapLine, { kind: 'point' }> | null;
  readonly plan: { readonly end: number; readonly skipReason: string | null } | null;
  /** Reason of a bail-out while it ran and nothing in it did; null: none. */
  readonly bailedOut: string | null;
}

export interface TapTree {
  /** Takes one line without its line end; true when it changed something. Never throws. */
  readonly onLine: (line: string) => boolean;
  readonly stream: TapNode;
  /** Titles of the subtests that have begun and not ended, outermost first. */
  readonly open: () => readonly string[];
  /** Reason of the first bail-out that gives one; null without a bail-out. */
  readonly bailOut: () => string | null;
  /** Tells which tests are to come, so that lines that lost their indentation still find their place. */
  readonly expect: (queue: QueuedTest) => void;
}

type PointLine = Extract<TapLine, { kind: 'point' }>;

interface Growing extends TapNode {
  title: string;
  readonly children: Growing[];
  readonly points: TapPoint[];
  readonly strays: TapPoint[];
  readonly comments: string[];
  end: PointLine | null;
  plan: TapNode['plan'];
  bailedOut: string | null;
  readonly queued: QueuedTest | undefined;
}

interface Growth {
  readonly stream: Growing;
  /** Subtests that have begun and not ended, outermost first. */
  stack: Growing[];
  hasVersion: boolean;
  bailOut: string | null;
  queue: QueuedTest | undefined;
  /** Diagnostics of the last point that are being read. */
  diagnostics: { readonly indent: number; readonly lines: string[]; readonly points: TapPoint[] } | null;
}

const MOST_POINTS = 10_000;
const MOST_COMMENTS = 50;
const MOST_YAML_LINES = 400;

const STRUCTURE: ReadonlySet<TapLine['kind']> = new Set(['point', 'subtest', 'bail-out']);

/**
 * The tests of a TAP stream in which anything else may stand between the lines, as in the log of a Leviathan suite
 * (leviathan 4.1). Subtests are indented by four spaces each. Where a line was cut in two, or lost its indentation with
 * the end of a chunk, the titles decide where it belongs.
 */
export function createTapTree(): TapTree {
  const growth: Growth = {
    stream: grow('', undefined),
    stack: [],
    hasVersion: false,
    bailOut: null,
    queue: undefined,
    diagnostics: null,
  };
  return {
    stream: growth.stream,
    open: () => growth.stack.map((node) => node.title),
    bailOut: () => growth.bailOut,
    expect: (queued) => {
      growth.queue = queued;
    },
    onLine: (line) => {
      const token = readTapLine(line);
      if (takeDiagnostics(growth, line, token)) return false;
      return token === undefined ? endGluedLine(growth, line) : takeToken(growth, token);
    },
  };
}

function takeToken(growth: Growth, token: TapLine): boolean {
  const top = topOf(growth);
  switch (token.kind) {
    case 'subtest':
      begin(growth, token.title, token.indent);
      return true;
    case 'point':
      takePoint(growth, token);
      return true;
    case 'plan':
      if (token.indent === growth.stack.length * 4) top.plan = token;
      return true;
    case 'bail-out':
      growth.bailOut = growth.bailOut || token.reason;
      top.bailedOut = top.bailedOut || token.reason;
      return true;
    case 'comment':
      if (top.comments.length < MOST_COMMENTS) top.comments.push(token.text);
      return false;
    case 'yaml-start':
      if (top.points.at(-1)?.ok === false && token.indent > growth.stack.length * 4) {
        growth.diagnostics = { indent: token.indent, lines: [], points: top.points };
      }
      return false;
    case 'version':
      growth.hasVersion = true;
      return false;
    case 'yaml-end':
      return false;
    default:
      return assertNever(token);
  }
}

function begin(growth: Growth, title: string, indent: number): void {
  const parent = parentOf(growth, title, indent);
  const node = grow(title, queuedIn(growth, parent, title));
  parent.children.push(node);
  growth.stack = [...growth.stack.slice(0, growth.stack.indexOf(parent) + 1), node];
}

/** By its indentation; where the list of tests does not know it there, by the list. */
function parentOf(growth: Growth, title: string, indent: number): Growing {
  const { stack, stream, queue } = growth;
  const byIndent = indent === 0 ? stream : (stack[indent / 4 - 1] ?? topOf(growth));
  if (queue === undefined || queuedIn(growth, byIndent, title) !== undefined) return byIndent;
  const listed = [...stack].reverse().find((node) => queuedIn(growth, node, title) !== undefined);
  return listed ?? (byIndent === stream ? topOf(growth) : byIndent);
}

function queuedIn({ stream, queue }: Growth, parent: Growing, title: string): QueuedTest | undefined {
  const candidates = parent === stream ? [queue] : (parent.queued?.children ?? []);
  return candidates.find((candidate) => candidate !== undefined && isQueuedAs(candidate, title));
}

function takePoint(growth: Growth, line: PointLine): void {
  const ended = endedBy(growth, line);
  if (ended !== undefined) {
    ended.end = line;
    if (line.name.length > ended.title.length) ended.title = line.name;
    growth.stack = growth.stack.slice(0, growth.stack.indexOf(ended));
    return;
  }
  const { stack, stream, hasVersion, queue } = growth;
  const top = topOf(growth);
  // Talk of a suite's setup before its TAP begins.
  if (top === stream && queue !== undefined && !hasVersion) return;
  const list = line.indent === stack.length * 4 ? top.points : top.strays;
  if (list.length >= MOST_POINTS) return;
  list.push({ ok: line.ok, name: line.name, directive: line.directive, detail: null });
}

function endedBy({ stack }: Growth, line: PointLine): Growing | undefined {
  const own = stack[line.indent / 4];
  if (own !== undefined && isSameTitle(own.title, line.name)) return own;
  // Its indentation may be lost: only the end of a subtest says how long it took.
  if (line.durationMs === null) return undefined;
  return [...stack].reverse().find((node) => node.title === line.name);
}

/** True when the line belongs to the diagnostics of a failure. */
function takeDiagnostics(growth: Growth, line: string, token: TapLine | undefined): boolean {
  if (growth.diagnostics === null) return false;
  const { indent, lines, points } = growth.diagnostics;
  // What was cut out of the stream may be the end of the diagnostics.
  const isOutside = token !== undefined && token.indent < indent && STRUCTURE.has(token.kind);
  const isEnd = token?.kind === 'yaml-end' && token.indent === indent;
  if (!isOutside && !isEnd) {
    if (lines.length < MOST_YAML_LINES) lines.push(line);
    return true;
  }
  const last = points.pop();
  if (last !== undefined) points.push({ ...last, detail: detailOf(lines) });
  growth.diagnostics = null;
  return isEnd;
}

/** Output without a line end right before the end of the running subtest: `40%ok 1 - boots # time=3ms`. */
function endGluedLine(growth: Growth, line: string): boolean {
  const running = topOf(growth);
  if (running.title === '' || !line.includes(' # time=')) return false;
  const start = /(?:not )?ok \d+ - /.exec(line)?.index;
  const token = start === undefined ? undefined : readTapLine(line.slice(start));
  if (token?.kind !== 'point' || token.name !== running.title) return false;
  takePoint(growth, token);
  return true;
}

function topOf({ stack, stream }: Growth): Growing {
  return stack.at(-1) ?? stream;
}

function grow(title: string, queued: QueuedTest | undefined): Growing {
  return {
    title,
    children: [],
    points: [],
    strays: [],
    comments: [],
    end: null,
    plan: null,
    bailedOut: null,
    queued,
  };
}

/** A title that was cut by the end of a chunk is the beginning of the whole one. */
function isSameTitle(one: string, other: string): boolean {
  if (one === '' || other === '') return one === other;
  return one === other || one.startsWith(other) || other.startsWith(one);
}

/** The one line of a failure's diagnostics that says most: an error's message, or what was wanted and what came. */
function detailOf(lines: readonly string[]): string | null {
  const message = lines.map((line) => /^\s*message: ?['"]?(.+?)['"]?$/.exec(line)?.[1]).find(isText);
  if (message !== undefined && !/^[|>][-+]?\d*$/.test(message)) return message;
  const hunk = lines.findIndex((line) => /^\s*@@ .* @@/.test(line));
  if (hunk === -1) return null;
  const changes = lines.slice(hunk + 1).map((line) => line.trim());
  const wanted = changes.filter((line) => /^-(?!-)/.test(line));
  const came = changes.filter((line) => /^\+(?!\+)/.test(line));
  if (wanted.length !== 1 || came.length !== 1) return null;
  return `wanted ${changeOf(wanted[0])}, got ${changeOf(came[0])}`;
}

function changeOf(line: string | undefined): string {
  return (line ?? '').slice(1).trim().replace(/,$/, '');
}

function isText(text: string | undefined): text is string {
  return text !== undefined && text !== '';
}
