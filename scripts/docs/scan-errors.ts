import { type ProductSource, readProductSources } from './product-sources.ts';
import { blankComments, type Call, findCalls, splitArguments } from './source-scanner.ts';

/** Constructor function -> kind (packages/core/src/errors/osrel-error.ts). */
const KIND_OF: Readonly<Record<string, string>> = {
  toolFailed: 'tool',
  badUsage: 'usage',
  badConfig: 'config',
  testsFailed: 'tests',
  refused: 'refused',
  upstreamFailed: 'upstream',
  rigFailed: 'rig',
  conflict: 'conflict',
  integrityBroken: 'integrity',
  notPermitted: 'permission',
  cancelled: 'cancelled',
};

/** One place that makes an error. */
export interface ErrorPlace {
  readonly code: string;
  readonly kind: string;
  /** With `<name>` where a value is filled in. */
  readonly message: string;
  readonly path: string;
}

interface Made {
  readonly kind: string;
  readonly code: string;
  readonly message: string;
  readonly offset: number;
  readonly source: ProductSource;
}

/**
 * Every place in the product that makes an error, by code, then path. A function that is given the code of the error it
 * makes stands for its callers. Throws when a code cannot be read from the source: a page with holes is worse than none.
 */
export function scanErrors(root: string): readonly ErrorPlace[] {
  const sources = readProductSources(root).filter((source) => !source.path.includes('/errors/'));
  const places = sources.flatMap((source) =>
    constructions(source).flatMap((made) => placesOf(made, sources)),
  );
  const unique = new Map(places.map((place) => [JSON.stringify(place), place]));
  return [...unique.values()].sort((a, b) =>
    `${a.code} ${a.path} ${a.message}` < `${b.code} ${b.path} ${b.message}` ? -1 : 1,
  );
}

/** Codes that are used with more than one kind, with the places; the exit code of such a code would be a guess. */
export function findAmbiguousCodes(places: readonly ErrorPlace[]): readonly string[] {
  const byCode = Map.groupBy(places, (place) => place.code);
  return [...byCode]
    .filter(([, each]) => new Set(each.map((place) => place.kind)).size > 1)
    .map(([code, each]) => `${code}: ${each.map((place) => `${place.kind} in ${place.path}`).join(', ')}`);
}

function constructions(source: ProductSource): readonly Made[] {
  const made = (kind: string, code: string | undefined, message: string | undefined, offset: number) => ({
    kind,
    code: code ?? '',
    message: message ?? '',
    offset,
    source,
  });
  const byFunction = findCalls(source.text, Object.keys(KIND_OF)).map((call) =>
    made(KIND_OF[call.name] ?? '', call.arguments[0], call.arguments[1], call.offset),
  );
  const byClass = findCalls(source.text, ['OsrelError']).map((call) =>
    made(
      literalsIn(call.arguments[0] ?? '')[0] ?? call.arguments[0] ?? '',
      call.arguments[1],
      call.arguments[2],
      call.offset,
    ),
  );
  return [...byFunction, ...byClass].filter((each) => each.code !== '');
}

function placesOf(made: Made, sources: readonly ProductSource[]): readonly ErrorPlace[] {
  const { code, kind, source } = made;
  // The code of an error that exists already, passed on.
  if (/^\w+\.code$/.test(code)) return [];
  const codes = codesOf(code, made);
  if (codes.length > 0)
    return codes.map((each) => ({ code: each, kind, message: template(made.message), path: source.path }));
  const wrapper = enclosingFunction(made);
  const index = wrapper?.parameters.indexOf(code) ?? -1;
  if (wrapper === undefined || index === -1)
    throw new Error(`${source.path}: the code of an error cannot be read: ${code}`);
  return callersOf(wrapper.name, source, sources).flatMap(({ call, from }) => {
    const given = wrapper.parameters.indexOf(made.message);
    const message = given === -1 ? made.message : (call.arguments[given] ?? '');
    return placesOf(
      { kind, code: call.arguments[index] ?? '', message, offset: call.offset, source: from },
      sources,
    );
  });
}

/** `'a'`, `isX ? 'a' : 'b'`, or a constant of one of these forms above the place. */
function codesOf(code: string, { source, offset }: Made): readonly string[] {
  if (/^['"?]|\?/.test(code)) return literalsIn(code);
  const before = blankComments(source.text).slice(0, offset);
  const declared = [...before.matchAll(new RegExp(`const ${code}(?::[^=]+)? =([^;]*);`, 'g'))].at(-1)?.[1];
  return declared === undefined ? [] : literalsIn(declared).filter((each) => /^[a-z]+[.-]/.test(each));
}

function literalsIn(text: string): readonly string[] {
  const answers = text.includes('?') ? text.slice(text.indexOf('?')) : text;
  return [...answers.matchAll(/'([^']*)'/g)].map((match) => match[1] ?? '');
}

function enclosingFunction({ source, offset }: Made) {
  const code = blankComments(source.text);
  const declared = [...code.slice(0, offset).matchAll(/function (\w+)\(/g)].at(-1);
  if (declared === undefined) return undefined;
  const parameters = splitArguments(code, declared.index + declared[0].length);
  return { name: declared[1] ?? '', parameters: parameters.map((each) => each.split(':')[0]?.trim() ?? '') };
}

/** Calls of a function that `home` declares; another file may have a function of its own under that name. */
function callersOf(
  name: string,
  home: ProductSource,
  sources: readonly ProductSource[],
): readonly { readonly call: Call; readonly from: ProductSource }[] {
  const declaration = new RegExp(`function ${name}\\(`);
  return sources
    .filter((from) => from === home || !declaration.test(from.text))
    .flatMap((from) => findCalls(from.text, [name]).map((call) => ({ call, from })));
}

/** The message as a reader sees it: `tag <tag> says <version>`. */
function template(written: string): string {
  const text = written.trim();
  const quote = text[0] ?? '';
  const isText = ["'", '"', '`'].includes(quote) && text.endsWith(quote);
  if (!isText) return `<${nameOf(text)}>`;
  const body = text.slice(1, -1).replaceAll(/\\(.)/g, '$1');
  return quote === '`' ? fillIn(body) : body;
}

function fillIn(body: string): string {
  let filled = '';
  for (let at = 0; at < body.length; ) {
    if (!body.startsWith('${', at)) {
      filled += body[at];
      at += 1;
      continue;
    }
    const end = endOfExpression(body, at + 2);
    filled += `<${nameOf(body.slice(at + 2, end))}>`;
    at = end + 1;
  }
  return filled;
}

function endOfExpression(body: string, from: number): number {
  let depth = 1;
  for (let at = from; at < body.length; at += 1) {
    if (body[at] === '{') depth += 1;
    if (body[at] === '}') depth -= 1;
    if (depth === 0) return at;
  }
  return body.length;
}

/** Methods that only bring a value into form. */
const FORMING = [
  'JSON',
  'stringify',
  'join',
  'map',
  'slice',
  'length',
  'at',
  'sort',
  'trim',
  'toString',
  'size',
];

/** The word that says most about an expression: its last name, or that of what a function is given. */
function nameOf(expression: string): string {
  const given = /^(?:JSON\.stringify|\w+)\((\w[\w.]*)[,)]/.exec(expression.trim())?.[1];
  const bare = (given ?? expression).replaceAll(/\(.*\)|\[.*\]|\?.*|[`'"].*/gs, '');
  const words = [...bare.matchAll(/[A-Za-z]\w*/g)].map((match) => match[0]);
  return words.filter((word) => !FORMING.includes(word)).at(-1) ?? '...';
}
