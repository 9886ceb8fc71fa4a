import type { ComposeService, Composition, CompositionOrigin } from './composition.ts';
import { formatKeyPath } from './schema-problems.ts';

/** What an overlay's list does to the base's: take its place, or replace element by element as `yq` does. */
export type ArrayMerge = 'replace' | 'by-index';

export interface MergedComposition {
  readonly composition: Composition;
  /** Key path of every value that is no map, and of every service -> the file it came from. */
  readonly origins: Readonly<Record<string, CompositionOrigin>>;
}

type Origins = Map<string, CompositionOrigin>;
type Node = Readonly<Record<string, unknown>>;

/**
 * Lays the overlay over the base, key by key: maps are merged, services and labels by name, everything else is
 * the overlay's. A null service or a null `x-build` of the overlay stays null. Neither argument is changed.
 */
export function mergeCompositions(
  base: Composition,
  overlay: Composition,
  mergeArrays: ArrayMerge = 'replace',
): MergedComposition {
  const origins: Origins = new Map();
  const { services: baseServices, ...baseRest } = base;
  const { services: overlayServices, ...overlayRest } = overlay;
  const mergeMaps = createMerge(origins, mergeArrays);
  const rest = mergeMaps(baseRest, overlayRest, []);
  const names = [...new Set([...Object.keys(baseServices), ...Object.keys(overlayServices)])];
  const services = names.map((name) => {
    const service = mergeService(baseServices[name], overlayServices[name], (from, over) =>
      mergeMaps(from, over, ['services', name]),
    );
    origins.set(formatKeyPath(['services', name]), isAbsent(baseServices[name]) ? 'overlay' : 'base');
    return [name, service] as const;
  });
  return {
    composition: { ...rest, services: Object.fromEntries(services) },
    origins: Object.fromEntries(origins),
  };
}

/** The origins of a document that is used as it is. */
export function originsOf(composition: Composition, origin: CompositionOrigin): MergedComposition['origins'] {
  const origins: Origins = new Map();
  markLeaves(origins, composition, [], origin);
  for (const name of Object.keys(composition.services))
    origins.set(formatKeyPath(['services', name]), origin);
  return Object.fromEntries(origins);
}

function mergeService(
  base: ComposeService | null | undefined,
  overlay: ComposeService | null | undefined,
  merge: (base: Node, overlay: Node) => ComposeService,
): ComposeService | null {
  if (overlay === null) return null;
  if (overlay === undefined && base === null) return null;
  return merge(base ?? {}, overlay ?? {});
}

function createMerge(origins: Origins, mergeArrays: ArrayMerge) {
  const mergeMaps = (base: Node, overlay: Node, path: readonly PropertyKey[]): Node => {
    const keys = [...new Set([...Object.keys(base), ...Object.keys(overlay)])];
    return Object.fromEntries(keys.map((key) => [key, mergeValues(base[key], overlay[key], [...path, key])]));
  };
  const mergeValues = (base: unknown, overlay: unknown, path: readonly PropertyKey[]): unknown => {
    if (overlay === undefined) return keep(base, path, 'base');
    if (isNode(base) && isNode(overlay)) return mergeMaps(base, overlay, path);
    if (mergeArrays === 'by-index' && Array.isArray(base) && Array.isArray(overlay)) {
      const items = overlay.map((item, index) => mergeValues(base[index], item, [...path, index]));
      const beyond = base
        .slice(overlay.length)
        .map((item, index) => keep(item, [...path, overlay.length + index], 'base'));
      return [...items, ...beyond];
    }
    return keep(overlay, path, 'overlay');
  };
  const keep = (value: unknown, path: readonly PropertyKey[], origin: CompositionOrigin): unknown => {
    markLeaves(origins, value, path, origin);
    return value;
  };
  return mergeMaps;
}

function markLeaves(
  origins: Origins,
  value: unknown,
  path: readonly PropertyKey[],
  origin: CompositionOrigin,
): void {
  if (!isNode(value) || Object.keys(value).length === 0) {
    origins.set(formatKeyPath(path), origin);
    return;
  }
  for (const [key, item] of Object.entries(value)) markLeaves(origins, item, [...path, key], origin);
}

function isAbsent(service: ComposeService | null | undefined): boolean {
  return service === null || service === undefined;
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
