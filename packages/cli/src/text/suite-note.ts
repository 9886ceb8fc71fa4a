const COUNTED = ['passed', 'failed', 'waived', 'skipped'] as const;

/**
 * What a suite that passed has to show, of the receipt of its step: `12 passed, 1 waived, 2 skipped, at attempt 2`. A
 * green line must not hide what was waived or tried again. Undefined for the receipt of anything else.
 */
export function suiteNoteOf(kind: string, receipt: unknown): string | undefined {
  if (kind !== 'run-suite' || typeof receipt !== 'object' || receipt === null) return undefined;
  const counts = COUNTED.map((word) => [numberIn(receipt, word), word] as const);
  const attempts = numberIn(receipt, 'attempts');
  if (attempts === undefined || counts.some(([count]) => count === undefined)) return undefined;
  const told = counts.filter(([count]) => count !== 0).map(([count, word]) => `${count} ${word}`);
  return [...told, ...(attempts > 1 ? [`at attempt ${attempts}`] : [])].join(', ');
}

function numberIn(receipt: object, key: string): number | undefined {
  const value: unknown = Reflect.get(receipt, key);
  return typeof value === 'number' ? value : undefined;
}
