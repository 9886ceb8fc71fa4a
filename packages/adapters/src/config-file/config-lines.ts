import { type Document, isAlias, isMap, isScalar, isSeq, type LineCounter, type Node } from 'yaml';

type KeyPath = readonly PropertyKey[];

/**
 * The line (from 1) of the key or list item at a path; of its closest ancestor where the path goes deeper than the
 * document. Undefined for the document itself. Follows aliases to the anchor.
 */
export function createLineIndex(
  document: Document.Parsed,
  lines: LineCounter,
): (path: KeyPath) => number | undefined {
  return (path) => {
    let node: unknown = document.contents;
    let line: number | undefined;
    for (const key of path) {
      const found = findChild(resolved(node, document), key);
      if (found === undefined) return line;
      if (found.offset !== undefined) line = lines.linePos(found.offset).line;
      node = found.node;
    }
    return line;
  };
}

function resolved(node: unknown, document: Document.Parsed): unknown {
  return isAlias(node) ? node.resolve(document) : node;
}

function findChild(
  node: unknown,
  key: PropertyKey,
): { readonly node: unknown; readonly offset: number | undefined } | undefined {
  if (isSeq<Node>(node)) {
    const item = node.items[Number(key)];
    return item === undefined ? undefined : { node: item, offset: item.range?.[0] };
  }
  if (!isMap<Node, Node>(node)) return undefined;
  const pair = node.items.find(
    (candidate) => isScalar(candidate.key) && String(candidate.key.value) === String(key),
  );
  return pair === undefined ? undefined : { node: pair.value, offset: pair.key.range?.[0] };
}
