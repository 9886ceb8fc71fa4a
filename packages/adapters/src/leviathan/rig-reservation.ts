/**
 * A rig frees itself when it got no heartbeat for five minutes (leviathan 3.4). Counted from when the last one was sent
 * that was answered, which is earlier than the rig's own count began; the margin is for clocks that differ.
 */
const FREES_ITSELF_AFTER_MS = 5 * 60_000;
const MARGIN_MS = 15_000;

/** Whether a rig that was ours at `heardAtMs`, and that nobody tore down since, is still ours at `nowMs` without doubt. */
export function isSurelyOurs(heardAtMs: number, nowMs: number): boolean {
  const ageMs = nowMs - heardAtMs;
  // A clock that was set back proves nothing.
  return ageMs >= -MARGIN_MS && ageMs < FREES_ITSELF_AFTER_MS - MARGIN_MS;
}

/** Whether a rig that may have been ours at `heardAtMs` has surely freed itself by `nowMs`. */
export function hasSurelyFreedItself(heardAtMs: number, nowMs: number): boolean {
  return Math.abs(nowMs - heardAtMs) > FREES_ITSELF_AFTER_MS + MARGIN_MS;
}
