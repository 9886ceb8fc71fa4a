/** Most paths that are listed; a build folder that git does not ignore would fill pages. */
const LISTED_PATHS = 50;

/** Paths of `git status --porcelain=v1 -z`; of a rename the new one. At most 50, in git's order. */
export function parseStatus(output: string): readonly string[] {
  const fields = output.split('\0').filter((field) => field !== '');
  const paths: string[] = [];
  for (let position = 0; position < fields.length && paths.length < LISTED_PATHS; position += 1) {
    const field = fields[position] ?? '';
    paths.push(field.slice(3));
    // A renamed or copied path is followed by the one it came from.
    if (/^[RC]|^.[RC]/.test(field)) position += 1;
  }
  return paths;
}
