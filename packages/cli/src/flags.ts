/** Parsed options of one command, by their camel-cased long name. */
export interface Flags {
  readonly isSet: (name: string) => boolean;
  readonly findText: (name: string) => string | undefined;
  /** Values of a repeatable option; empty when it was not given. */
  readonly listTexts: (name: string) => readonly string[];
}

export function createFlags(values: Readonly<Record<string, unknown>>): Flags {
  const list = (name: string): readonly string[] => {
    const value = values[name];
    if (Array.isArray(value)) return value.filter((item) => typeof item === 'string');
    return typeof value === 'string' ? [value] : [];
  };
  return {
    isSet: (name) => values[name] === true,
    findText: (name) => list(name).at(-1),
    listTexts: list,
  };
}
