/** A path as messages show it: relative to the repository root (both absolute), or as it is outside. */
export function shownPath(path: string, root: string): string {
  return path.startsWith(`${root}/`) ? path.slice(root.length + 1) : path;
}
