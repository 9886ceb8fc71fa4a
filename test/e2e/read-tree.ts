import { createHash } from 'node:crypto';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { join, relative } from 'node:path';

/** Every path below a folder with the digest of its content, git's own files left out: equal trees, equal records. */
export async function readTree(root: string): Promise<Readonly<Record<string, string>>> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const found = await Promise.all(
    entries.map(async (entry) => {
      const path = join(entry.parentPath, entry.name);
      const name = relative(root, path);
      if (name === '.git' || name.startsWith('.git/')) return undefined;
      if (entry.isDirectory()) return [`${name}/`, ''] as const;
      if (entry.isSymbolicLink()) return [name, `-> ${await readlink(path)}`] as const;
      return [
        name,
        createHash('sha256')
          .update(await readFile(path))
          .digest('hex'),
      ] as const;
    }),
  );
  return Object.fromEntries(found.filter((each) => each !== undefined).sort());
}
