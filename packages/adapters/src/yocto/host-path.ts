/** Where the build's paths are on this machine: `{ from: '/work', to: '/home/me/device-repo' }`. */
export interface PathMapping {
  readonly from: string;
  readonly to: string;
}

/** The path on this machine, by the first mapping that fits; the path itself when none does. */
export function toHostPath(path: string, mappings: readonly PathMapping[]): string {
  const mapping = mappings.find(
    ({ from }) => path === from || path.startsWith(`${from.replace(/\/$/, '')}/`),
  );
  if (mapping === undefined) return path;
  return `${mapping.to.replace(/\/$/, '')}${path.slice(mapping.from.replace(/\/$/, '').length)}`;
}
