/** What the doctor saw in one place. */
export interface Finding {
  readonly name: string;
  /** `missing` is required and absent; `weak` works, with less. */
  readonly state: 'ok' | 'weak' | 'missing';
  readonly found: string;
  /** Command or edit that mends it; null when nothing is to be done. */
  readonly mend: string | null;
}

export function ok(name: string, found: string): Finding {
  return { name, state: 'ok', found, mend: null };
}

export function weak(name: string, found: string, mend: string): Finding {
  return { name, state: 'weak', found, mend };
}

export function missing(name: string, found: string, mend: string): Finding {
  return { name, state: 'missing', found, mend };
}
