/**
 * Does the work for each item, a few at once, and answers the results in the items' order. The first failure stops the
 * others through the signal they are given; it is thrown when all have ended.
 */
export async function forEachAtOnce<Item, Result>(
  items: readonly Item[],
  options: { readonly atOnce: number; readonly signal?: AbortSignal | undefined },
  work: (item: Item, signal: AbortSignal) => Promise<Result>,
): Promise<readonly Result[]> {
  const failing = new AbortController();
  const signals = options.signal === undefined ? [failing.signal] : [failing.signal, options.signal];
  const signal = AbortSignal.any(signals);
  const results: Result[] = [];
  const waiting = items.entries();
  let failure: { readonly error: unknown } | undefined;
  const runLane = async (): Promise<void> => {
    // All lanes take from the same iterator.
    for (const [index, item] of waiting) {
      if (failure !== undefined) return;
      try {
        signal.throwIfAborted();
        results[index] = await work(item, signal);
      } catch (error) {
        failure ??= { error };
        failing.abort(error);
        return;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(options.atOnce, items.length) }, runLane));
  if (failure !== undefined) throw failure.error;
  return results;
}
