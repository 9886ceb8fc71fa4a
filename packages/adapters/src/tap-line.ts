/** A directive at the end of a test point: the reason, or an empty text. */
export interface TapDirective {
  readonly kind: 'skip' | 'todo';
  readonly reason: string;
}

/** What one line of TAP 13 or 14 as node-tap prints it can be; `indent` in spaces. */
export type TapLine =
  | { readonly kind: 'subtest'; readonly indent: number; readonly title: string }
  | {
      readonly kind: 'point';
      readonly indent: number;
      readonly ok: boolean;
      readonly name: string;
      readonly directive: TapDirective | null;
      readonly durationMs: number | null;
    }
  | {
      readonly kind: 'plan';
      readonly indent: number;
      readonly end: number;
      readonly skipReason: string | null;
    }
  | { readonly kind: 'bail-out'; readonly indent: number; readonly reason: string }
  | { readonly kind: 'comment'; readonly indent: number; readonly text: string }
  | { readonly kind: 'yaml-start'; readonly indent: number }
  | { readonly kind: 'yaml-end'; readonly indent: number }
  | { readonly kind: 'version'; readonly indent: number };

const PATTERNS = {
  subtest: /^# Subtest(?:: (.*))?$/,
  point: /^(not )?ok\b(?: +(\d+)(?![\w.]))?(?: +-)?(?: (.*))?$/,
  plan: /^1\.\.(\d+)(?:\s+#\s*(.*))?$/,
  bailOut: /^Bail out!\s*(.*)$/,
  comment: /^#\s?(.*)$/,
  version: /^TAP version \d+$/,
};

/** What a line of a suite's output is as TAP; undefined for anything else. Cheap, never throws. */
export function readTapLine(line: string): TapLine | undefined {
  const text = line.trim();
  const indent = line.length - line.trimStart().length;
  const first = text[0];
  if (first === '#') return readComment(text, indent);
  if (first === 'o' || first === 'n') return readPoint(text, indent);
  if (first === '1') return readPlan(text, indent);
  if (text === '---') return { kind: 'yaml-start', indent };
  if (text === '...') return { kind: 'yaml-end', indent };
  if (PATTERNS.version.test(text)) return { kind: 'version', indent };
  const bailOut = PATTERNS.bailOut.exec(text);
  return bailOut === null ? undefined : { kind: 'bail-out', indent, reason: bailOut[1] ?? '' };
}

function readComment(text: string, indent: number): TapLine {
  const subtest = PATTERNS.subtest.exec(text);
  if (subtest !== null) return { kind: 'subtest', indent, title: unescaped(subtest[1] ?? '') };
  return { kind: 'comment', indent, text: PATTERNS.comment.exec(text)?.[1] ?? '' };
}

function readPoint(text: string, indent: number): TapLine | undefined {
  const found = PATTERNS.point.exec(text);
  // Talk such as "ok, next": real points of suites carry their number.
  if (found?.[2] === undefined) return undefined;
  const timed = / # time=([\d.]+)(m?s)\b.*$/.exec(found[3] ?? '');
  const rest = timed === null ? (found[3] ?? '') : (found[3] ?? '').slice(0, timed.index);
  const directed = /(?:^|\s)# ?(skip|todo)\w*\b:? ?(.*)$/i.exec(rest);
  const name = unescaped(
    (directed === null ? rest : rest.slice(0, directed.index)).replace(/ \{$/, ''),
  ).trim();
  return {
    kind: 'point',
    indent,
    ok: found[1] === undefined,
    name,
    directive:
      directed === null
        ? null
        : {
            kind: directed[1]?.toLowerCase() === 'skip' ? 'skip' : 'todo',
            reason: (directed[2] ?? '').trim(),
          },
    durationMs: timed === null ? null : Math.round(Number(timed[1]) * (timed[2] === 's' ? 1000 : 1)),
  };
}

function readPlan(text: string, indent: number): TapLine | undefined {
  const found = PATTERNS.plan.exec(text);
  if (found === null) return undefined;
  const skip = /^skip\S*\s*(.*)$/i.exec(found[2] ?? '');
  return { kind: 'plan', indent, end: Number(found[1]), skipReason: skip === null ? null : (skip[1] ?? '') };
}

function unescaped(text: string): string {
  return text.replace(/\\([#\\])/g, '$1');
}
