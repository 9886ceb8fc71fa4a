import { type BuildSettings, badConfig } from '@osrel/core';
import type { Assignment, OverrideSyntax } from './assignment.ts';
import { mirrorAddress, settingPath } from './setting-path.ts';

type CacheSettings = Pick<BuildSettings, 'sourceMirror' | 'stateCache' | 'hashEquivalence'>;

export interface SettingsPlace {
  /** Absolute path of the repository root as the build sees it; in a container: the path there. */
  readonly root: string;
  readonly syntax: OverrideSyntax;
}

/** The fetchers whose sources are looked for in the mirror, as patterns of bitbake (balena-workflow 4.4). */
const MIRRORED_SCHEMES = ['cvs', 'svn', 'git', 'hg', 'bzr', 'https?', 'ftp', 'crate'];

/** Where bitbake also looks: for sources that their own site does not have, shared state and equal hashes. */
export function cacheAssignments(settings: CacheSettings, place: SettingsPlace): readonly Assignment[] {
  return [
    ...sourceMirror(settings.sourceMirror.read, place.syntax),
    ...stateMirror(settings.stateCache, place.root),
    ...hashEquivalence(settings.hashEquivalence),
  ];
}

/** After the sources' own sites, to fetch little from the mirror; SSH submodules and the like keep their way. */
function sourceMirror(address: string | null, syntax: OverrideSyntax): readonly Assignment[] {
  if (address === null) return [];
  const url = mirrorAddress('build.source-mirror', address);
  const mappings = MIRRORED_SCHEMES.map((scheme) => `${scheme}://.*/.* ${url}/`);
  const name = syntax === 'colon' ? 'MIRRORS:append' : 'MIRRORS_append';
  return [{ name, operator: '=', value: ` ${mappings.join(' ')} ` }];
}

/** The store's own folder, or the address it can be read at; a store that has neither is filled and emptied by osrel. */
function stateMirror(cache: BuildSettings['stateCache'], root: string): readonly Assignment[] {
  if (cache === null) return [];
  const address =
    cache.read !== null
      ? mirrorAddress('build.sstate-cache', cache.read)
      : cache.store.kind === 'directory'
        ? `file://${settingPath('build.sstate-cache', cache.store.path, root)}`
        : undefined;
  if (address === undefined) return [];
  const key = cache.key.split('/').map(encodeURIComponent).join('/');
  const value = `file://.* ${address}/${key}/PATH;downloadfilename=PATH`;
  return [{ name: 'SSTATE_MIRRORS', operator: '=', value }];
}

/** The signature handler is the only one of OE-Core that asks such a server. */
function hashEquivalence(server: string | null): readonly Assignment[] {
  if (server === null) return [];
  if (!/^(?:auto|[A-Za-z0-9.[\]:_/-]+)$/.test(server)) {
    throw badConfig('build.malformed-address', `build.hash-equivalence cannot be ${JSON.stringify(server)}`, {
      hint: 'host:port of a running server, or "auto" for one that bitbake starts itself',
    });
  }
  return [
    { name: 'BB_HASHSERVE', operator: '=', value: server },
    { name: 'BB_SIGNATURE_HANDLER', operator: '=', value: 'OEEquivHash' },
  ];
}
