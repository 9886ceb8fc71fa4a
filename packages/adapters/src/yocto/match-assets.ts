import { glob, readdir, realpath, stat } from 'node:fs/promises';
import { isAbsolute, join, relative, sep } from 'node:path';
import { badConfig, type OsBuildRequest, type Problem, toolFailed } from '@osrel/core';

/**
 * Files below the asset root that the patterns match, relative to it with `/`, sorted, each once. A pattern is what a
 * shell with globstar and extglob takes: `*`, `?`, `[...]`, `{a,b}`, `+(...)`, `\` before a character that is meant as
 * it is, and `**` for any depth, not through links; upper and lower case differ, and a name that begins with a dot is
 * only matched by a pattern that says the dot. A matched folder, and a pattern that ends in `/`, stand for everything
 * below. Links that lead out of the root or nowhere match nothing (balena-workflow 4.7).
 * Throws config `build.malformed-pattern` on a pattern that could leave the root, and tool `build.assets-missing`
 * naming every required pattern without a match.
 */
export async function matchAssets(
  assetRoot: string,
  patterns: OsBuildRequest['assets'],
): Promise<readonly string[]> {
  const escaping = patterns.filter(({ pattern }) => leavesRoot(pattern));
  if (escaping.length > 0) {
    throw badConfig(
      'build.malformed-pattern',
      `asset patterns must stay below the deploy folder: ${escaping.map(({ pattern }) => JSON.stringify(pattern)).join(', ')}`,
    );
  }
  const realRoot = await realpath(assetRoot);
  const matches = await Promise.all(
    patterns.map(async (each) => ({ ...each, files: await matchOne(realRoot, each.pattern) })),
  );
  const missing = matches.filter((match) => match.required && match.files.length === 0);
  if (missing.length > 0) throw assetsMissing(assetRoot, missing);
  return [...new Set(matches.flatMap((match) => match.files))].sort();
}

function assetsMissing(assetRoot: string, missing: readonly { readonly pattern: string }[]): Error {
  const names = missing.map(({ pattern }) => pattern);
  return toolFailed('build.assets-missing', `the build made no file for: ${names.join(', ')}`, {
    hint: `look into ${assetRoot}, or correct x-build.assets of the service`,
    problems: names.map((at): Problem => ({ at, message: 'matches no file' })),
    details: { patterns: names, assetRoot },
  });
}

/** What a pattern puts together in braces is caught where its matches are: outside of the root nothing matches. */
function leavesRoot(pattern: string): boolean {
  return (
    pattern === '' || isAbsolute(pattern) || pattern.split(/[/\\]/).includes('..') || /\p{Cc}/u.test(pattern)
  );
}

async function matchOne(root: string, pattern: string): Promise<readonly string[]> {
  const whole = withoutEscapes(pattern).replace(/\/+$/, '/**');
  const takesFolders = !whole.endsWith('/**') && whole !== '**';
  const files: string[] = [];
  for await (const path of glob(whole, { cwd: root })) {
    files.push(...(await listFiles(root, join(root, path), takesFolders)));
  }
  return files.map((path) => relative(root, path).split(sep).join('/'));
}

/** Node takes a backslash for a separator of folders; a bracket of one character says the same as an escape. */
function withoutEscapes(pattern: string): string {
  return pattern.replace(/\\(.)/g, (_, character: string) =>
    /[*?[\]{}()!+@]/.test(character) ? `[${character}]` : character,
  );
}

/** The file itself, or every file below a folder where that is meant; nothing for what leads out of the root. */
async function listFiles(root: string, path: string, takesFolders: boolean): Promise<readonly string[]> {
  const real = await findInside(root, path);
  if (real === undefined) return [];
  const status = await stat(real);
  if (status.isFile()) return [path];
  // A folder behind a link is listed where it really is, if a pattern matches that.
  if (!takesFolders || !status.isDirectory() || real !== path) return [];
  return listBelow(root, path);
}

async function listBelow(root: string, folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const found = await Promise.all(
    entries
      .filter(({ name }) => !name.startsWith('.'))
      .map(async (entry): Promise<readonly string[]> => {
        const path = join(folder, entry.name);
        if (entry.isDirectory()) return listBelow(root, path);
        // Below a real folder only a link can lead elsewhere.
        return entry.isFile() ? [path] : listFiles(root, path, false);
      }),
  );
  return found.flat();
}

async function findInside(root: string, path: string): Promise<string | undefined> {
  try {
    const real = await realpath(path);
    return real.startsWith(root + sep) || real === root ? real : undefined;
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ELOOP')) {
      return undefined;
    }
    throw error;
  }
}
