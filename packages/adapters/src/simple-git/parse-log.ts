import type { SourceCommit } from '@osrel/core';

// Each record begins with an empty field. No field in it and no path can hold NUL, and no path is empty.
export const LOG_FORMAT = 'tformat:%x00%H%x00%P%x00%s%x00%b';

/**
 * Commits from `git log -z --name-only --format=LOG_FORMAT`. Throws an Error on output of another shape, which would
 * be a git that osrel does not know.
 */
export function parseLog(output: string): readonly SourceCommit[] {
  const fields = output.split('\0');
  const commits: SourceCommit[] = [];
  let position = 0;
  while (position < fields.length - 1) {
    const [start, sha, parents, subject, body] = fields.slice(position, position + 5);
    if (start !== '' || sha === undefined || !/^[0-9a-f]{40,64}$/.test(sha) || body === undefined) {
      throw new Error(`git log wrote a record of an unknown shape at field ${position}`);
    }
    position += 5;
    const end = endOfPaths(fields, position);
    commits.push({
      sha,
      parents: (parents ?? '').split(' ').filter((parent) => parent !== ''),
      subject: subject ?? '',
      body: body.trimEnd(),
      // Git puts a line end between the message and the first path.
      changedPaths: fields
        .slice(position, end)
        .map((path, index) => (index === 0 ? path.replace(/^\n/, '') : path)),
    });
    position = end;
  }
  return commits;
}

function endOfPaths(fields: readonly string[], start: number): number {
  const end = fields.indexOf('', start);
  return end === -1 ? fields.length : end;
}
