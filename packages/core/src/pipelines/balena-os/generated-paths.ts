import type { BuildConfig } from '../../config/build-config.ts';
import type { Config } from '../../config/config.ts';

/** Folders that osrel and builds write, whatever is configured. */
const ALWAYS = ['.osrel/', 'deploy/', 'build/'];
/** Where downloads and shared state of a build in a container go (balena-automation 1.11). */
const SHARED = 'shared/';

/**
 * Paths below the repository root that come from building it and are no change to its source, each with a slash at its
 * end: build folders, and caches that are kept inside the repository.
 */
export function generatedPathsOf(config: Pick<Config, 'build' | 'machines'>): readonly string[] {
  const builds = [config.build, ...config.machines.map(({ build }) => build)];
  return [...new Set([...ALWAYS, ...builds.flatMap(pathsOf)])];
}

function pathsOf(build: BuildConfig): readonly string[] {
  const { buildDirectory, downloads } = build.settings;
  const stores = [build.sourceMirror.write, build.stateCache?.store ?? null];
  const caches = [
    downloads,
    build.sharedStateRoot ?? undefined,
    ...stores.flatMap((store) => (store?.kind === 'directory' ? [store.path] : [])),
  ];
  return [
    ...(buildDirectory === undefined ? [] : [`${buildDirectory}/`]),
    ...(build.container === null ? [] : [SHARED]),
    ...caches.flatMap((path) => (path === undefined ? [] : topFolderOf(path))),
  ];
}

// git names an untracked folder by its uppermost folder that is untracked as a whole.
function topFolderOf(path: string): readonly string[] {
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  const [top] = parts;
  if (path.startsWith('/') || top === undefined || parts.includes('..')) return [];
  return [top === 'layers' ? `${parts.join('/')}/` : `${top}/`];
}
