import { type HostappRelease, refused } from '@osrel/core';

/**
 * Looks whether a draft may become final. Throws refused `release.not-complete` for one whose status is not success,
 * which the server itself would take, and `release.invalidated` for one that was taken out of every offer.
 */
export function checkFinalizable(
  release: Pick<HostappRelease, 'id' | 'application' | 'version' | 'status' | 'isInvalidated'>,
): void {
  const { id, application, version, status, isInvalidated } = release;
  if (status !== 'success') {
    throw refused(
      'release.not-complete',
      `release ${id} of ${application} ${version} has status ${status}: only a complete one can be final`,
      {
        hint: 'finish it first: osrel deploy goes on with its own draft',
        details: { releaseId: id, status },
      },
    );
  }
  if (!isInvalidated) return;
  throw refused('release.invalidated', `release ${id} of ${application} ${version} was withdrawn`, {
    hint: 'make a new release',
    details: { releaseId: id },
  });
}
