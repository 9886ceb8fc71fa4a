import type { TextRedactor } from './host.ts';

/** A redactor that learns its secrets when a repository is opened; before that nothing is secret. */
export interface LateRedactor extends TextRedactor {
  readonly use: (redactor: TextRedactor) => void;
}

export function createLateRedactor(): LateRedactor {
  const redactors: TextRedactor[] = [];
  return {
    text: (text) => redactors.reduce((hidden, redactor) => redactor.text(hidden), text),
    use: (redactor) => {
      redactors.push(redactor);
    },
  };
}
