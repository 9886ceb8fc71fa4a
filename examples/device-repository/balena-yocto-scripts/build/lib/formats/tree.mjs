/**
 * A tree of files is a map from a relative posix path to an entry:
 *   { kind: 'file', bytes: Buffer, mode: number } | { kind: 'directory', mode: number }
 *   | { kind: 'link', target: string } | { kind: 'device', major: number, minor: number, mode: number }
 * Every writer in this folder takes such a tree and visits it in byte order, so that the same tree gives the
 * same bytes on every machine.
 */

/** The same tree with every missing parent directory added (mode 0755). */
export function withParents(tree) {
  const complete = new Map(tree);
  for (const path of tree.keys()) {
    const parts = path.split('/');
    for (let depth = 1; depth < parts.length; depth += 1) {
      const parent = parts.slice(0, depth).join('/');
      const known = complete.get(parent);
      if (known === undefined) complete.set(parent, { kind: 'directory', mode: 0o755 });
      else if (known.kind !== 'directory') throw new Error(`${parent} is a file and a directory`);
    }
  }
  return complete;
}

/** Entries with all parents, sorted by the bytes of their path: a directory comes before what is in it. */
export function sortedEntries(tree) {
  return [...withParents(tree)].sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
}

export function textFile(text, mode = 0o644) {
  return { kind: 'file', bytes: Buffer.from(text), mode };
}

export function mergeTrees(...trees) {
  return new Map(trees.flatMap((tree) => [...tree]));
}
