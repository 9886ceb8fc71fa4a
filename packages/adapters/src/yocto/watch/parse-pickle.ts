import { Parser } from 'pickleparser';
import { BoundedReader, MAX_PICKLE_BYTES } from './bounded-reader.ts';

/** What `new` and a call give for a class nobody knows: its state becomes its own fields. */
class PlainObject {
  constructor(...made: readonly unknown[]) {
    // A datetime, a named tuple: what it was made of is all there is.
    if (made.length > 0) define(this, 'madeOf', made);
  }

  /** pickle's BUILD; Python objects with slots bring a pair of dictionaries. */
  __setstate__(state: unknown): void {
    for (const part of Array.isArray(state) ? state : [state]) {
      if (!(part instanceof Map)) continue;
      for (const [name, value] of part) if (typeof name === 'string') define(this, name, value);
    }
  }

  /** pickle's SETITEM on a class that is a dictionary. */
  set(key: unknown, value: unknown): void {
    if (typeof key === 'string') define(this, key, value);
  }

  /** pickle's APPEND on a class that is a list, ADDITEMS on one that is a set: nobody asks for what is in it. */
  push(): void {}
  add(): void {}
}

/**
 * Reads a Python pickle (protocols 0 to 5) as plain values without running anything: classes and functions that it
 * names are not looked up, all of them make plain objects. Dictionaries are Maps, tuples, lists and sets are arrays.
 * Throws on anything that is no pickle, is cut off, or would take more than its share of time or memory.
 */
export function parsePickle(bytes: Uint8Array): unknown {
  if (bytes.length > MAX_PICKLE_BYTES) throw new Error(`a pickle of ${bytes.length} bytes is too large`);
  const parser = new Parser({
    nameResolver: { resolve: resolveName },
    persistentResolver: { resolve: () => null },
    extensionResolver: { resolve: () => null },
    unpicklingTypeOfDictionary: 'Map',
  });
  return parser.read<unknown>(new BoundedReader(bytes));
}

type Maker = (...made: unknown[]) => unknown;

function resolveName(module: unknown, name: unknown): Maker {
  // Only texts are joined: the text of nested lists can be larger than the memory.
  const full = typeof module === 'string' && typeof name === 'string' ? `${module}.${name}` : '';
  // A function, not an arrow: the parser calls it both with `new` and without.
  return function make(...made: unknown[]) {
    return makeValue(full, made);
  };
}

function makeValue(name: string, made: readonly unknown[]): unknown {
  switch (name) {
    case 'collections.OrderedDict':
    case 'collections.defaultdict':
      return new Map();
    case 'builtins.set':
    case 'builtins.frozenset':
    case '__builtin__.set':
    case '__builtin__.frozenset':
      return Array.isArray(made[0]) ? made[0] : [];
    case '_codecs.encode':
      return made[0];
    // How protocols 0 and 1 make an object: the class and its base, then BUILD.
    case 'copyreg._reconstructor':
    case 'copy_reg._reconstructor':
    case 'copyreg.__newobj__':
    case 'copy_reg.__newobj__':
      return new PlainObject();
    default:
      return new PlainObject(...made);
  }
}

/** An own field whatever it is called: `__proto__` and `__setstate__` included. */
function define(target: object, name: string, value: unknown): void {
  if (name === '__setstate__' || name === '__setnewargs_ex__') return;
  Object.defineProperty(target, name, { value, enumerable: true, configurable: true, writable: true });
}
