import {
  asOsrelError,
  integrityBroken,
  type PutFileRequest,
  type StoredObject,
  upstreamFailed,
} from '@osrel/core';
import type { MultipartAbilities } from './find-abilities.ts';
import { type FoundObject, findObject, findVisibility } from './find-object.ts';
import { findUploads, listUploadIds, type UnfinishedUpload } from './find-uploads.ts';
import { abortUpload, completeUpload, createUpload } from './multipart-requests.ts';
import { type FileParts, planParts } from './plan-parts.ts';
import { checkDigest, type OpenFile } from './read-file.ts';
import { isNoSuchUpload } from './s3-errors.ts';
import { type SentParts, sendParts } from './send-parts.ts';
import type { S3Session } from './send-request.ts';
import type { SlotPool } from './slot-pool.ts';
import { findExpected, isRefusedCondition, type StoreParts, withExpectation } from './write-object.ts';

/** An upload that somebody else ended while this one went on is started anew so often. */
const ROUNDS = 3;

interface Round extends OpenFile {
  readonly plan: FileParts;
  readonly can: MultipartAbilities;
  readonly signal: AbortSignal;
  readonly report: (bytes: number) => void;
}

/**
 * Stores a large file in parts. The store itself is the ledger: parts that an earlier, cut upload of the same file left
 * there are compared with the file while it is read, and not sent again. The object becomes visible in the last
 * request, after the whole file proved to be what was announced.
 */
export async function uploadParts(
  parts: StoreParts,
  slots: SlotPool,
  { request, handle }: OpenFile,
): Promise<StoredObject> {
  const { session, options, abilities } = parts;
  const { key } = request;
  const before = await findExpected(session, key, request.expected);
  const { accessLists } = await abilities.writes(key);
  const storedAs = ({ sizeBytes, sha256, etag }: FoundObject): StoredObject => {
    return { key, sizeBytes, sha256, etag, visibility: accessLists ? request.visibility : null };
  };
  // Ended by a process that did not live to see it.
  if (before !== undefined && (await isDone(session, { request, before, accessLists }))) {
    request.onSent?.(request.sizeBytes);
    return storedAs(before);
  }
  const can = await abilities.multipart(key);
  const plan = planParts({ ...request, checksum: can.checksum }, options, parts.limits);
  const signal = request.signal ?? new AbortController().signal;
  const report = reportOnce(request);
  for (let round = 1; round <= ROUNDS; round += 1) {
    const found = await runRound(parts, slots, { request, handle, plan, can, signal, report });
    if (found !== undefined) return storedAs(found);
  }
  throw upstreamFailed(
    'store.upload-vanished',
    `the upload of "${key}" was ended by somebody else ${ROUNDS} times`,
    {
      hint: 'check for another run of osrel, and for a rule of the bucket that ends uploads too early; then try again',
      retryable: true,
    },
  );
}

interface DoneQuestion {
  readonly request: PutFileRequest;
  readonly before: FoundObject;
  readonly accessLists: boolean;
}

/** The very object is there, with everything that was asked for, as far as the store tells. */
async function isDone(session: S3Session, { request, before, accessLists }: DoneQuestion): Promise<boolean> {
  const { key, sizeBytes, sha256, mediaType, visibility } = request;
  const isSame = before.sha256 === sha256 && before.sizeBytes === sizeBytes && before.mediaType === mediaType;
  return isSame && (!accessLists || (await findVisibility(session, key)) === visibility);
}

/** Bytes that a later round sends again are not told twice. */
function reportOnce({ onSent, sizeBytes }: PutFileRequest): (bytes: number) => void {
  let told = 0;
  return (bytes) => {
    const news = Math.min(bytes, sizeBytes - told);
    told += news;
    if (news > 0) onSent?.(news);
  };
}

/** One try with one upload; undefined when that upload vanished. */
async function runRound(parts: StoreParts, slots: SlotPool, round: Round): Promise<FoundObject | undefined> {
  const { session } = parts;
  const { request, plan, signal } = round;
  const { key } = request;
  const ids = await listUploadIds(session, key, signal);
  const found = await findUploads(session, { key, ids, plan, signal });
  const upload = found[0] ?? { uploadId: await startUpload(parts, round, ids), parts: new Map() };
  const discard = (): Promise<void> => abortUpload(session, { key, uploadId: upload.uploadId });
  try {
    const sent = await sendParts(session, slots, { ...round, upload });
    checkDigest(request, sent.sha256);
    const stored = await complete(parts, { ...round, upload, sent });
    for (const { uploadId } of found.slice(1)) await abortUpload(session, { key, uploadId });
    return stored;
  } catch (error) {
    if (isNoSuchUpload(error)) return findSame(parts, request);
    // Nobody can use its parts: the file is another one, or the key is taken.
    const kind = asOsrelError(error)?.kind;
    if (kind === 'conflict' || (kind === 'integrity' && found.length === 0)) await discard();
    throw error;
  }
}

/** Starts an upload; one whose reply was lost is found again among those of the key. */
async function startUpload(
  { session, options }: StoreParts,
  { request, can, signal }: Round,
  before: readonly string[],
): Promise<string> {
  return createUpload(session, options, {
    ...request,
    checksum: can.checksum,
    writeId: options.random(),
    signal,
    findDone: async () => {
      const now = await listUploadIds(session, request.key, signal);
      return now.findLast((id) => !before.includes(id));
    },
  });
}

interface Ending extends Round {
  readonly upload: UnfinishedUpload;
  readonly sent: SentParts;
}

async function complete(parts: StoreParts, ending: Ending): Promise<FoundObject> {
  const { request, can, upload, sent, signal } = ending;
  const etag = await withExpectation(parts, {
    ...request,
    can,
    write: (condition) =>
      completeUpload(parts.session, {
        key: request.key,
        uploadId: upload.uploadId,
        parts: sent.parts,
        whole: sent.whole === null ? null : { ...sent.whole, sizeBytes: request.sizeBytes },
        condition,
        signal,
        findDone: async () => (await findSame(parts, request))?.etag,
        expects: (error) => isNoSuchUpload(error) || isRefusedCondition(condition, error),
      }),
  });
  return checkStored(parts, ending, etag);
}

const LOOKS = 5;
const LOOK_DELAY_MS = 200;

/** Looks at what was made as a reader does; a replica may need a moment until it shows it. */
async function checkStored(
  { session, options }: StoreParts,
  { request, sent, signal }: Ending,
  etag: string,
): Promise<FoundObject> {
  const { key } = request;
  for (let look = 0; look < LOOKS; look += 1) {
    if (look > 0) await options.clock.sleep(LOOK_DELAY_MS * 2 ** look, signal);
    const found = await findObject(session, key, signal);
    if (found === undefined || (etag !== '' && found.etag !== etag)) continue;
    const checksum = sent.whole === null ? null : found.checksums[sent.whole.name];
    if (checksum !== null && checksum !== sent.whole?.text) throw isOther(key, `its checksum is ${checksum}`);
    if (found.sizeBytes !== request.sizeBytes) throw isOther(key, `it has ${found.sizeBytes} bytes`);
    if (found.sha256 !== request.sha256) throw isOther(key, `it is noted as sha256 ${found.sha256}`);
    return found;
  }
  throw upstreamFailed(
    'store.not-visible',
    `"${key}" was written but cannot be seen, or was replaced at once`,
    {
      hint: 'the store shows writes late, or another run writes the same key; run the command again',
      retryable: true,
    },
  );
}

function isOther(key: string, how: string) {
  return integrityBroken('store.content-differs', `"${key}" was stored, but is not what was sent: ${how}`, {
    hint: 'run the command again; if it stays so, the store itself loses or mixes bytes',
    details: { key },
  });
}

/** The very content, whoever stored it: two runs may share an upload, and one of them ends it. */
async function findSame({ session }: StoreParts, request: PutFileRequest): Promise<FoundObject | undefined> {
  const found = await findObject(session, request.key, request.signal);
  return found?.sha256 === request.sha256 && found.sizeBytes === request.sizeBytes ? found : undefined;
}
