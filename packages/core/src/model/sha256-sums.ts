import { badUsage, type Problem } from '../errors/osrel-error.ts';
import { type Artifact, checkArtifactName } from './artifact.ts';
import { type Digest, digestOfHex, hexOfDigest } from './digest.ts';

export interface Sha256Sum {
  readonly name: string;
  readonly digest: Digest;
}

const LINE = /^([0-9a-f]{64}) [ *](.+)$/;

/** The text of SHA256SUMS, sorted by name: `<hex>  <name>` a line, as `sha256sum --check` reads it. */
export function renderSha256Sums(files: readonly Pick<Artifact, 'name' | 'digest'>[]): string {
  return files
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .map((file) => `${hexOfDigest(file.digest)}  ${checkArtifactName(file.name)}\n`)
    .join('');
}

/**
 * Reads such a text; blank lines are skipped, a final newline may be missing. `where` names the file in messages.
 * Throws usage `sha256-sums.malformed` with every wrong line: malformed, unsafe name, or a name listed twice.
 */
export function parseSha256Sums(text: string, where = 'SHA256SUMS'): readonly Sha256Sum[] {
  const problems: Problem[] = [];
  const sums = new Map<string, Sha256Sum>();
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === '') continue;
    const parsed = parseLine(line);
    const at = `${where}:${index + 1}`;
    if (typeof parsed === 'string') problems.push({ at, message: parsed });
    else if (sums.has(parsed.name)) problems.push({ at, message: `"${parsed.name}" is listed twice` });
    else sums.set(parsed.name, parsed);
  }
  if (problems.length === 0) return [...sums.values()];
  throw badUsage('sha256-sums.malformed', `${where} is malformed in ${problems.length} line(s)`, {
    hint: 'write it again with sha256sum',
    problems,
  });
}

function parseLine(line: string): Sha256Sum | string {
  const match = LINE.exec(line);
  if (match === null) return 'needs 64 hex digits, two spaces and a name';
  try {
    return { name: checkArtifactName(match[2] ?? ''), digest: digestOfHex(match[1] ?? '') };
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
