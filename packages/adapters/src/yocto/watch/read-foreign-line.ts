import type { TakeSign } from './build-sign.ts';
import type { ConsoleKind, ConsoleMode, ReadLine } from './console-kind.ts';

const MAX_LINE = 2000;

const SUCCEEDED = /^Build for (\S{1,200}) suc{1,2}eeded\./;
const FAILED = /^Build for (\S{1,200}) failed\./;
const BARYS_MARK = /^\[\d{9,12}\]\[(LOG|WARNING|ERROR)\]/;
const KAS_MARK = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d - (DEBUG|INFO|WARNING|ERROR|CRITICAL) +- /;
const LAYER_OF_IMAGE =
  /^[0-9a-f]{12}: (?:Pulling fs layer|Waiting|Downloading|Verifying Checksum|Download complete|Extracting|Pull complete|Already exists)/;

const OPEN = '['.charCodeAt(0);

/** Beginnings of lines that others than bitbake print around it, and what bare lines after them belong to. */
const BEGINNINGS: readonly (readonly [string, ConsoleKind, ConsoleMode])[] = [
  // oe-init-build-env and the notes of the templates, which are anything.
  ['You had no conf/', 'environment', 'environment'],
  ['### Shell environment set up', 'environment', 'environment'],
  ['The Yocto Project has extensive', 'environment', 'environment'],
  ['This is the default build configuration', 'environment', 'environment'],
  // build-device-type-json.sh, with npm between its two lines.
  ['Building JSON manifest...', 'barys', 'device-types'],
  ['...Done', 'barys', 'outside'],
  // The engine fetching the helper image.
  ['Unable to find image ', 'container', 'outside'],
  ['Trying to pull ', 'container', 'outside'],
  ['Getting image source signatures', 'container', 'outside'],
  ['Copying blob ', 'container', 'outside'],
  ['Copying config ', 'container', 'outside'],
  ['Writing manifest to image destination', 'container', 'outside'],
  ['Storing signatures', 'container', 'outside'],
  ['Digest: sha256:', 'container', 'outside'],
  ['Status: ', 'container', 'outside'],
  ['groupadd: ', 'container', 'outside'],
  ['useradd: ', 'container', 'outside'],
  ['sudo: ', 'container', 'outside'],
];

const BY_FIRST = Map.groupBy(BEGINNINGS, ([beginning]) => beginning.charCodeAt(0));

/** Shells and perl on a machine without the locale; perl explains itself over several lines. */
const LOCALE = 'setting locale failed';

/** Lines of barys, kas, the environment script, the helper container and the shell. */
export function readForeignLine(line: string, mode: ConsoleMode, take: TakeSign): ReadLine | undefined {
  const first = line.charCodeAt(0);
  if (first === OPEN) return readBracketed(line.slice(0, MAX_LINE), take);
  const dated = first >= 0x30 && first <= 0x39 ? readDated(line.slice(0, MAX_LINE), take) : undefined;
  if (dated !== undefined) return dated;
  for (const [beginning, kind, next] of BY_FIRST.get(first) ?? [])
    if (line.startsWith(beginning)) return { kind, mode: next };
  // While bitbake runs, whatever it prints is its own.
  return mode === 'outside' ? readOutsideLine(line.slice(0, MAX_LINE), take) : undefined;
}

/** `[000000012][LOG]...` of barys (balena-automation 1.10), `[INFO] ...` of the container's entry script. */
function readBracketed(line: string, take: TakeSign): ReadLine | undefined {
  const [mark, level] = BARYS_MARK.exec(line) ?? [];
  if (mark !== undefined) return readBarys(line.slice(mark.length), level ?? 'LOG', take);
  const [entry, entryLevel] = /^\[(INFO|WARN|ERROR)\] /.exec(line) ?? [];
  if (entry === undefined) return undefined;
  const text = line.slice(entry.length);
  if (entryLevel !== 'INFO') takeMessage(entryLevel ?? '', text, take);
  return {
    kind: 'container',
    mode: text.startsWith('The configured git credentials') ? 'credentials' : 'outside',
  };
}

function readBarys(text: string, level: string, take: TakeSign): ReadLine {
  takeMessage(level, text, take);
  const succeeded = SUCCEEDED.exec(text)?.[1];
  const failed = FAILED.exec(text)?.[1];
  const machine = succeeded ?? failed;
  if (machine !== undefined) {
    take({ kind: 'call-ended' });
    take({ kind: 'barys-result', machine, result: succeeded === undefined ? 'failed' : 'succeeded' });
  }
  return { kind: 'barys', mode: 'outside' };
}

/** kas dates its own lines; what it runs prints as it is. */
function readDated(line: string, take: TakeSign): ReadLine | undefined {
  const [mark, level] = KAS_MARK.exec(line) ?? [];
  if (mark === undefined) return undefined;
  takeMessage(level ?? '', line.slice(mark.length), take);
  return { kind: 'kas', mode: level === 'ERROR' || level === 'CRITICAL' ? 'message' : 'outside' };
}

function takeMessage(level: string, text: string, take: TakeSign): void {
  if (level === 'ERROR' || level === 'CRITICAL') take({ kind: 'message', level: 'error', text });
  if (level === 'WARN' || level === 'WARNING') take({ kind: 'message', level: 'warning', text });
}

function readOutsideLine(line: string, take: TakeSign): ReadLine | undefined {
  if (line.includes(': Pulling from ') || LAYER_OF_IMAGE.test(line)) return { kind: 'container' };
  return readLocale(line, take);
}

function readLocale(line: string, take: TakeSign): ReadLine | undefined {
  const isShell = /^(?:bash|sh|\/\S{1,100}): .{0,60}warning: setlocale: /.test(line);
  const isPerl = line.startsWith('perl: warning: ');
  if (!isShell && !isPerl && !line.toLowerCase().includes(LOCALE)) return undefined;
  take({ kind: 'message', level: 'warning', text: line });
  return { kind: 'environment', mode: isPerl ? 'note' : 'outside' };
}
