import { glob, readdir, realpath, stat } from 'node:fs/promises';
import { isAbsolute, join, relative, sep } from 'node:path';
import { badConfig, type OsBuildRequest, toolFailed } from '@osrel/core';

/**
 * Files below the asset root that the patterns match, relative to it with `/`, sorted, each once. `**` matches any
 * depth; a matched folder stands for everything in it, and so does a pattern that ends in `/`. Links that lead out of
 * the root or nowhere match nothing (balena-workflow 4.7). Throws config `build.malformed-pattern` on a pattern that
 * could leave the root, and tool `build.assets-missing` naming every required pattern without a match.
 */
export async function matchAssets(
  assetRoot: string,
  patterns: OsBuildRequest['assets'],
): Promise<readonly string[]> {
  const escaping = patterns.filter(({ pattern }) => leavesRoot(pattern));
  if (escaping.length > 0) {
    throw badConfig(
      'build.malformed-pattern',
      `asset patterns must stay below the deploy folder: ${listOf(escaping)}`,
    );
  }
  const realRoot = await realpath(assetRoot);
  const matches = await Promise.all(
    patterns.map(async (pattern) => ({ ...pattern, files: await matchOne(realRoot, pattern.pattern) })),
  );
  const missing = matches.filter((match) => match.required && match.files.length === 0);
  if (missing.length > 0) {
    throw toolFailed('build.assets-missing', `the build made no file for: ${listOf(missing)}`, {
      hint: `look into ${assetRoot}, or correct x-build.assets of the service`,
      details: { patterns: missing.map(({ pattern }) => pattern), assetRoot },
    });
  }
  return [...new Set(matches.flatMap((match) => match.files))].sort();
}

function listOf(patterns: readonly { readonly pattern: string }[]): string {
  return patterns.map(({ pattern }) => pattern).join(', ');
}

function leavesRoot(pattern: string): boolean {
  return (
    pattern === '' || isAbsolute(pattern) || pattern.split(/[/\\]/).includes('..') || /\p{Cc}/u.test(pattern)
  );
}

async function matchOne(root: string, pattern: string): Promise<readonly string[]> {
  const files: string[] = [];
  for await (const path of glob(pattern.replace(/\/+$/, '/**'), { cwd: root })) {
    files.push(...(await listFiles(root, join(root, path))));
  }
  return files.map((path) => relative(root, path).split(sep).join('/'));
}

/** The file itself, or every file below a folder; nothing for what leads out of the root. */
async function listFiles(root: string, path: string): Promise<readonly string[]> {
  const real = await findInside(root, path);
  if (real === undefined) return [];
  const status = await stat(real);
  if (status.isFile()) return [path];
  // A folder behind a link is listed where it really is, if a pattern matches that.
  if (!status.isDirectory() || real !== path) return [];
  const names = await readdir(path);
  return (await Promise.all(names.map((name) => listFiles(root, join(path, name))))).flat();
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
