import { createHash } from 'node:crypto';

/**
 * The core's digest of what it has under a name: md5 of a file, or of the md5s of a folder's files in the core's own
 * order (leviathan 3.3). Null when there is nothing. That order is not a total one, so it depends on the order before:
 * names sorted by bytes, folder by folder, as the core lists them.
 */
export function digestArtifact(files: ReadonlyMap<string, Buffer>, name: string): string | null {
  const file = files.get(name);
  if (file !== undefined) return md5(file);
  const listed = listFolder(files, name);
  if (listed.length === 0) return null;
  return md5(
    listed
      .sort(comparePaths)
      .map((path) => md5(files.get(path) ?? ''))
      .join(''),
  );
}

function listFolder(files: ReadonlyMap<string, Buffer>, folder: string): string[] {
  const inside = [...files.keys()].filter((path) => path.startsWith(`${folder}/`));
  const names = [...new Set(inside.map((path) => path.slice(folder.length + 1).split('/')[0] ?? ''))];
  return names
    .sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
    .filter((name) => name !== 'node_modules')
    .flatMap((name) => {
      const path = `${folder}/${name}`;
      return files.has(path) ? [path] : listFolder(files, path);
    });
}

function comparePaths(a: string, b: string): number {
  const others = b.split('/');
  // Compared with undefined, a segment is never smaller: so does the core.
  return a.split('/').every((segment, index) => segment <= (others[index] as string)) ? -1 : 1;
}

const md5 = (content: string | Buffer) => createHash('md5').update(content).digest('hex');
