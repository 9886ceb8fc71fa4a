/** Milliseconds between the first event it saw and this one; time comes from the events, not from a clock. */
export function createEventTimer(): (event: { readonly at: string }) => number {
  let startMs: number | undefined;
  return (event) => {
    const nowMs = Date.parse(event.at);
    startMs ??= nowMs;
    return nowMs - startMs;
  };
}
