import { type OsrelError, toolFailed } from '@osrel/core';

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}

/** Whether the name is taken already. */
export function isTaken(error: unknown): boolean {
  return codeOf(error) === 'EEXIST';
}

/** Whether a folder stands where a file is wanted, or the other way round. */
export function isBlocked(error: unknown): boolean {
  return ['EISDIR', 'ENOTDIR', 'EEXIST', 'ENOTEMPTY'].includes(String(codeOf(error)));
}

/** Whether this file system, or this pair of them, cannot do it; another way may work. */
export function isUnsupported(error: unknown): boolean {
  return ['ENOTSUP', 'EOPNOTSUPP', 'EXDEV', 'EPERM', 'EMLINK', 'EINVAL', 'ENOSYS', 'ENOTTY'].includes(
    String(codeOf(error)),
  );
}

// EFBIG is the file size limit of the shell (ulimit -f): for the user the same wall as a full disk.
const NO_ROOM = new Set<unknown>(['ENOSPC', 'EDQUOT', 'EFBIG']);

/**
 * The error to throw for a failed write of `path`: tool `disk.full` when there is no room, tool `disk.refused`
 * when the system does not let us write there, else the error itself.
 */
export function writeError(error: unknown, path: string): unknown {
  if (NO_ROOM.has(codeOf(error))) return diskFull(error, path);
  if (codeOf(error) === 'EACCES' || codeOf(error) === 'EROFS') {
    return toolFailed(
      'disk.refused',
      `the system does not allow writing ${path} (${String(codeOf(error))})`,
      {
        hint: 'check owner and mount of the folder; all osrel runs on one folder need the same user',
        cause: error,
      },
    );
  }
  return error;
}

function diskFull(cause: unknown, path: string): OsrelError {
  return toolFailed('disk.full', `no room left while writing ${path} (${String(codeOf(cause))})`, {
    hint: 'free space there (old folders below deploy/ and .osrel/runs/, build/tmp), then run "osrel resume"',
    cause,
  });
}
