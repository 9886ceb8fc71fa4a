import { createHash } from 'node:crypto';
import { cleanUpAfter } from './clean-up-after.ts';
import type { WriteAbilities } from './find-abilities.ts';
import { findVisibility } from './find-object.ts';
import { isVerdict, type Verdict, verdictOf } from './probe-replies.ts';
import { type ContentProof, type NativeCondition, type PutBytes, putBytes } from './put-request.ts';
import { removeObject } from './remove-object.ts';
import { answerOf, isRefusedAccess } from './s3-errors.ts';
import type { S3StoreOptions } from './s3-store-options.ts';
import type { S3Session } from './send-request.ts';
import { encryptionOf, hexToBase64 } from './stored-metadata.ts';

const CONTENT = Buffer.from('osrel looks what this store can do\n');
const SHA256 = createHash('sha256').update(CONTENT).digest('hex');
const OTHER_SHA256 = createHash('sha256').update('something else').digest('hex');
const OTHER_ETAG = '00000000000000000000000000000000';

/** Tries conditional writes, checksums and access control lists on an object of its own, and removes it. */
export async function probeWrites(
  session: S3Session,
  options: S3StoreOptions,
  target: string,
): Promise<WriteAbilities> {
  const put = (change: Partial<PutBytes> = {}): Promise<{ readonly etag: string }> =>
    putBytes(session, options, {
      key: target,
      bytes: CONTENT,
      sha256: SHA256,
      mediaType: 'text/plain',
      visibility: 'private',
      writeId: options.random(),
      condition: { kind: 'none' },
      proof: 'md5',
      expects: isVerdict,
      ...change,
    });
  const putIf = (condition: NativeCondition): Promise<Verdict> => verdictOf(put({ condition }));
  return cleanUpAfter(
    () => removeObject(session, target),
    async () => {
      const { etag } = await put({ expects: () => false });
      const createOnly = (await putIf({ kind: 'absent' })) === 'precondition';
      const refusesOther = (await putIf({ kind: 'etag', etag: OTHER_ETAG })) === 'precondition';
      const compareAndSwap = refusesOther && (await putIf({ kind: 'etag', etag })) === 'taken';
      const proof = await findProof({ session, options, put, key: target });
      const accessLists = options.acl === 'canned' && (await keepsLists(session, put, target));
      return { createOnly, compareAndSwap, proof, accessLists };
    },
  );
}

interface Probe {
  readonly session: S3Session;
  readonly options: S3StoreOptions;
  readonly put: (change: Partial<PutBytes>) => Promise<unknown>;
  readonly key: string;
}

/** A store that does not know a proof takes any; one that verifies refuses the wrong and takes the right. */
async function findProof(probe: Probe): Promise<ContentProof> {
  const { put } = probe;
  const takesRight = async (proof: ContentProof) => (await verdictOf(put({ proof }))) === 'taken';
  if ((await refusesWrongChecksum(probe)) && (await takesRight('sha256'))) return 'sha256';
  const wrong = put({ proof: 'signature', sha256: OTHER_SHA256, expects: isRefusal });
  return (await wrong.then(() => false, isRefusal)) ? 'signature' : 'md5';
}

/** Some servers word a wrong hash of the payload as a wrong signature. */
function isRefusal(error: unknown): boolean {
  return isVerdict(error) || answerOf(error).status === 403;
}

async function refusesWrongChecksum({ session, options, key }: Probe): Promise<boolean> {
  const verdict = await verdictOf(
    session.send({
      action: 's3:PutObject',
      key,
      expects: isVerdict,
      call: ({ client, sdk }) =>
        client.send(
          new sdk.PutObjectCommand({
            Bucket: session.bucket,
            Key: key,
            Body: CONTENT,
            ChecksumAlgorithm: 'SHA256',
            ChecksumSHA256: hexToBase64(OTHER_SHA256),
            ...encryptionOf(options),
          }),
        ),
    }),
  );
  return verdict === 'bad-request';
}

/** Some stores take a list and forget it; there, nobody can tell who may read an object. */
async function keepsLists(
  session: S3Session,
  put: (change: Partial<PutBytes>) => Promise<unknown>,
  key: string,
): Promise<boolean> {
  try {
    await put({ visibility: 'public', expects: (error) => isRefusedAccess(error) });
  } catch (error) {
    // Public objects are forbidden in this bucket; private ones may still be written.
    if (isRefusedAccess(error)) return false;
    throw error;
  }
  return (await findVisibility(session, key)) === 'public';
}
