import { conflict, integrityBroken, type OsrelError, refused, upstreamFailed } from '@osrel/core';

/** The file to attach is not (any more) what was digested. */
export function fileDiffers(
  announced: {
    readonly key: string;
    readonly file: string;
    readonly sizeBytes: number;
    readonly sha256: string;
  },
  found: { readonly sizeBytes: number; readonly sha256: string | null },
): OsrelError {
  const was = `${found.sizeBytes} bytes${found.sha256 === null ? '' : ` with sha256 ${found.sha256}`}`;
  const wanted = `${announced.sizeBytes} bytes with sha256 ${announced.sha256}`;
  return integrityBroken(
    'content.differs',
    `asset "${announced.key}": ${announced.file} has ${was}, announced were ${wanted}`,
    { hint: 'the file changed after it was digested; run the step that makes it again' },
  );
}

/** A file became shorter while it was read. */
export function fileShrank(file: string): OsrelError {
  return integrityBroken('content.differs', `${file} became shorter while it was sent`, {
    hint: 'the file changed after it was digested; run the step that makes it again',
  });
}

/** The file to attach is not there. */
export function fileMissing(key: string, file: string, cause: unknown): OsrelError {
  return integrityBroken('content.missing', `asset "${key}": ${file} does not exist`, {
    hint: 'run the step that makes it again',
    cause,
  });
}

/** A final release does not change. */
export function assetsFrozen(releaseId: number, key: string): OsrelError {
  return conflict(
    'release.assets-frozen',
    `release ${releaseId} is final, its asset "${key}" cannot change`,
    { hint: 'make a new release; "osrel verify" tells what the final one has' },
  );
}

/** The server knows no such release, or does not show it to this key. */
export function releaseMissing(releaseId: number): OsrelError {
  return upstreamFailed('release.missing', `there is no release ${releaseId} that this API key can see`, {
    hint: 'check environment and API key; plan again when the release was removed',
  });
}

/** The server saw a row, and no file. */
export function emptyAssetDropped(key: string): OsrelError {
  return refused(
    'release.asset-empty',
    `asset "${key}" is an empty file, and with an API key the server takes no empty files`,
    { hint: 'leave the file out of the release, or write something into it' },
  );
}

/** What the server gives back is not what was sent to it. */
export function storedDiffers(
  wanted: { readonly key: string; readonly sizeBytes: number; readonly sha256: string },
  found: { readonly sizeBytes: number; readonly sha256: string } | undefined,
): OsrelError {
  const is =
    found === undefined ? 'has no content' : `has ${found.sizeBytes} bytes with sha256 ${found.sha256}`;
  return integrityBroken(
    'release.asset-differs',
    `asset "${wanted.key}" ${is} on the server, sent were ${wanted.sizeBytes} bytes with sha256 ${wanted.sha256}`,
    { hint: 'run the deploy stage again: osrel deploy; it replaces what differs', retryable: true },
  );
}

/** The store received other bytes than were read, more than once. */
export function partDiffers(
  key: string,
  partNumber: number,
  md5: { sent: string; arrived: string },
): OsrelError {
  return integrityBroken(
    'release.asset-part-differs',
    `part ${partNumber} of asset "${key}" arrived with MD5 ${md5.arrived}, read were bytes with MD5 ${md5.sent}`,
    {
      hint: 'something on the way changes the bytes: check proxies and memory, then run the command again',
      retryable: true,
    },
  );
}

/** The server's word about an upload makes no sense. */
export function uploadUnclear(key: string, what: string): OsrelError {
  return upstreamFailed('balena.upload-unclear', `asset "${key}": ${what}`, {
    hint: 'run the command again; when it stays, look for a newer osrel: the server speaks another protocol',
    retryable: true,
  });
}
