/** Lets a test wait for a state instead of for a while. */
export function createWatchers() {
  const waiting = new Set<() => void>();
  return {
    /** Something changed. */
    changed: (): void => {
      for (const look of [...waiting]) look();
    },
    /** Resolves when that is so; asked at once and after every change. */
    until: (isSo: () => boolean): Promise<void> =>
      new Promise((resolve) => {
        const look = () => {
          if (!isSo()) return;
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
        look();
      }),
  };
}
