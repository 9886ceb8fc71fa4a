import type { WrittenBuild } from './written-build.ts';

type Container = Exclude<WrittenBuild['container'], null | undefined>;
type ContainerKeys = Exclude<Container, boolean | string>;

/**
 * What holds for a machine: its own keys over those of `build`. Maps are merged key by key; lists and the wishes of
 * `args` are not looked at here, they are added up in order (`settingsOf`).
 */
export function mergeBuild(general: WrittenBuild, own: WrittenBuild): WrittenBuild {
  return {
    ...general,
    ...withoutEmpty(own),
    container: mergeContainer(general.container, own.container),
    secrets: { ...general.secrets, ...own.secrets },
    variables: { ...general.variables, ...own.variables },
    'source-mirror': { ...general['source-mirror'], ...own['source-mirror'] },
    'sstate-cache': own['sstate-cache'] ?? general['sstate-cache'],
    signing: mergeSigning(general.signing, own.signing),
    kas: { ...general.kas, ...own.kas },
    command: { ...general.command, ...own.command },
  };
}

/** The keys of a container; undefined for none. */
export function containerKeysOf(container: WrittenBuild['container']): ContainerKeys | undefined {
  if (container === undefined || container === null || container === false) return undefined;
  if (container === true) return {};
  return typeof container === 'string' ? { engine: container } : container;
}

function mergeContainer(
  general: WrittenBuild['container'],
  own: WrittenBuild['container'],
): WrittenBuild['container'] {
  if (own === undefined || own === null) return general;
  if (own === false) return false;
  return { ...containerKeysOf(general), ...containerKeysOf(own) };
}

function mergeSigning(
  general: WrittenBuild['signing'],
  own: WrittenBuild['signing'],
): WrittenBuild['signing'] {
  if (own === undefined || own === null) return general;
  if (own === false) return false;
  return { ...(general === false ? {} : general), ...own };
}

// A key that was begun and left empty says nothing.
function withoutEmpty(written: WrittenBuild): WrittenBuild {
  return Object.fromEntries(
    Object.entries(written).filter(([, value]) => value !== null && value !== undefined),
  );
}
