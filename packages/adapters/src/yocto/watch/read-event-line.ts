import { type EventFields, isFields } from './event-fields.ts';
import { parsePickle } from './parse-pickle.ts';

/** `{ name: 'bb.build.TaskFailed', fields: { _task: 'do_compile', ... } }`. */
export interface BuildEvent {
  readonly name: string;
  readonly fields: EventFields;
}

export type EventLine =
  | { readonly kind: 'event'; readonly event: BuildEvent }
  /** The line of all variables: read it with `readVariables`. */
  | { readonly kind: 'variables' }
  /** An event of a class nobody asked for; nothing of it was decoded. */
  | { readonly kind: 'skipped'; readonly name: string }
  | { readonly kind: 'broken'; readonly because: string };

/** Which classes are decoded, and how much of them: `name` alone is free, `fields` costs a pickle. */
export type WantedEvents = ReadonlyMap<string, 'name' | 'fields'>;

const CLASS_START = '{"class": "';
const VARIABLES_START = '{"allvariables"';
/** `bb.cooker.BBCooker` and the like; a name beyond that is no class of bitbake. */
const MAX_NAME = 200;

/**
 * Reads one line of bitbake's event log (`-w`): JSON with a class name and the base64 of a pickle. Only wanted classes
 * are decoded, and the line of all variables, which is megabytes with secrets in it, is never parsed. Never throws.
 */
export function readEventLine(line: string, wanted: WantedEvents): EventLine {
  if (line.startsWith(VARIABLES_START)) return { kind: 'variables' };
  if (!line.startsWith(CLASS_START)) return { kind: 'broken', because: 'no line of an event log' };
  const end = line.indexOf('"', CLASS_START.length);
  if (end === -1 || end - CLASS_START.length > MAX_NAME)
    return { kind: 'broken', because: 'a class without an end' };
  const name = line.slice(CLASS_START.length, end);
  const depth = wanted.get(name);
  if (depth === undefined) return { kind: 'skipped', name };
  if (depth === 'name') return { kind: 'event', event: { name, fields: {} } };
  return decode(name, line);
}

function decode(name: string, line: string): EventLine {
  try {
    const written: unknown = JSON.parse(line);
    const pickled = isFields(written) ? written.vars : undefined;
    if (typeof pickled !== 'string') return { kind: 'broken', because: `${name} without vars` };
    const fields = parsePickle(Buffer.from(pickled, 'base64'));
    if (!isFields(fields)) return { kind: 'broken', because: `${name} is no object` };
    return { kind: 'event', event: { name, fields } };
  } catch {
    // Whatever is wrong with foreign bytes is one thing here: this event cannot be used.
    return { kind: 'broken', because: `${name} cannot be read` };
  }
}
