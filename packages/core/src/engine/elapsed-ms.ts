/** Milliseconds between two ISO 8601 times; never negative, because a wall clock may be set back. */
export function elapsedMs(from: string, to: string): number {
  return Math.max(0, Date.parse(to) - Date.parse(from));
}
