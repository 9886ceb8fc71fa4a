import type { RuleProblem } from './rule-problem.ts';
import type { WrittenBuild } from './written-build.ts';
import type { WrittenCacheStore } from './written-caches.ts';

const KEYS_OF_S3 = ['bucket', 'prefix', 'region', 'endpoint', 'credentials'] as const;

/** Whether the stores of a build section are whole: a directory has a path, s3 a bucket, and neither keys of the other. */
export function checkStores({
  path,
  own,
}: {
  readonly path: readonly PropertyKey[];
  readonly own: WrittenBuild;
}): readonly RuleProblem[] {
  return [
    ...checkStore(own['source-mirror']?.write, [...path, 'source-mirror', 'write']),
    ...checkStore(own['sstate-cache'], [...path, 'sstate-cache']),
  ];
}

function checkStore(
  store: WrittenCacheStore | null | undefined,
  path: readonly PropertyKey[],
): readonly RuleProblem[] {
  if (store === undefined || store === null) return [];
  const problem = (key: string, message: string): RuleProblem => ({ path: [...path, key], message });
  switch (store.kind) {
    case undefined:
      return [problem('kind', 'missing: needs "directory" or "s3"')];
    case 'directory':
      return [
        ...(store.path === undefined ? [problem('path', 'missing: needs the folder to keep files in')] : []),
        ...KEYS_OF_S3.filter((key) => store[key] !== undefined && store[key] !== null).map((key) =>
          problem(key, 'is for kind s3; a directory needs only a path'),
        ),
      ];
    case 's3':
      return [
        ...(store.bucket === undefined
          ? [problem('bucket', 'missing: needs the bucket to keep files in')]
          : []),
        ...(store.path === undefined
          ? []
          : [problem('path', 'is for kind directory; s3 has bucket and prefix')]),
        ...checkCredentials(store.credentials).map((key) =>
          problem('credentials', `needs both keys, and ${key} is missing`),
        ),
      ];
  }
}

function checkCredentials(credentials: WrittenCacheStore['credentials']): readonly string[] {
  if (credentials === undefined || credentials === null) return [];
  return (['access-key-id', 'secret-access-key'] as const).filter((key) => credentials[key] === undefined);
}
