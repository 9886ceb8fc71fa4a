/** A repository may have dozens of device types and submodules. */
const NAMED = 4;

/** The first few names, and how many more there are. */
export function nameSome(names: readonly string[]): string {
  const more = names.length > NAMED ? ` and ${names.length - NAMED} more` : '';
  return `${names.slice(0, NAMED).join(', ')}${more}`;
}
