import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { cleanUpAfter } from './clean-up-after.ts';
import { createCrc64 } from './crc64-nvme.ts';
import type { MultipartAbilities } from './find-abilities.ts';
import { findObject } from './find-object.ts';
import {
  abortUpload,
  type Completion,
  completeUpload,
  createUpload,
  uploadPart,
} from './multipart-requests.ts';
import { isVerdict, type Verdict, verdictOf } from './probe-replies.ts';
import { type NativeCondition, putBytes } from './put-request.ts';
import { removeObject } from './remove-object.ts';
import type { S3StoreOptions } from './s3-store-options.ts';
import type { S3Session } from './send-request.ts';
import { checksumText, type WholeChecksumName } from './whole-checksum.ts';

const CONTENT = Buffer.from('osrel looks what this store can do in parts\n');
const OTHER_ETAG = '00000000000000000000000000000000';

/** Tries checksums and conditions of multipart uploads on an object of its own, and removes it. */
export async function probeMultipart(
  session: S3Session,
  options: S3StoreOptions,
  target: string,
): Promise<MultipartAbilities> {
  const probe = { session, options, key: target };
  return cleanUpAfter(
    () => removeObject(session, target),
    async () => {
      await putBytes(session, options, {
        key: target,
        bytes: CONTENT,
        sha256: createHash('sha256').update(CONTENT).digest('hex'),
        mediaType: 'text/plain',
        visibility: 'private',
        writeId: options.random(),
        condition: { kind: 'none' },
        proof: 'md5',
      });
      const createOnly = await refuses(probe, { kind: 'absent' });
      const compareAndSwap = await refuses(probe, { kind: 'etag', etag: OTHER_ETAG });
      const { checksum, verifiesWhole } = await findChecksum(probe);
      return { checksum, verifiesWhole, createOnly, compareAndSwap };
    },
  );
}

interface Probe {
  readonly session: S3Session;
  readonly options: S3StoreOptions;
  readonly key: string;
}

/** Whether an upload that must be refused at its end is refused. */
async function refuses({ session, options, key }: Probe, condition: NativeCondition): Promise<boolean> {
  const upload = await startUpload({ session, options, key }, null);
  const part = { ...upload, number: 1, bytes: CONTENT };
  const etag = await uploadPart(session, { ...part, proof: { kind: 'md5', md5: md5Of(CONTENT) } });
  const parts = [{ number: 1, etag, checksum: null }];
  const verdict = await verdictOf(
    completeUpload(session, { ...upload, parts, whole: null, condition, expects: isVerdict }),
  );
  if (verdict !== 'taken') await abortUpload(session, upload);
  return verdict === 'precondition';
}

/** The best checksum: one that is verified over the whole before one that is verified with parts only. */
async function findChecksum(probe: Probe): Promise<Pick<MultipartAbilities, 'checksum' | 'verifiesWhole'>> {
  let ofParts: WholeChecksumName | null = null;
  for (const checksum of ['CRC64NVME', 'CRC32'] as const) {
    const verified = await tryChecksum(probe, checksum);
    if (verified === 'whole') return { checksum, verifiesWhole: true };
    // The last is the cheapest: without the whole there is nothing more to gain.
    if (verified === 'parts') ofParts = checksum;
  }
  return { checksum: ofParts, verifiesWhole: false };
}

/** Whether wrong checksums of a part and of the whole are refused, right ones taken, and shown afterwards. */
async function tryChecksum(probe: Probe, name: WholeChecksumName): Promise<'whole' | 'parts' | 'nothing'> {
  const { session, key } = probe;
  const upload = await findUnlessRefused(startUpload(probe, name));
  if (upload === undefined) return 'nothing';
  const [right, wrong] = [checksumOf(name, CONTENT), checksumOf(name, Buffer.from('something else'))];
  const send = (text: string) =>
    uploadPart(session, {
      ...upload,
      number: 1,
      bytes: CONTENT,
      proof: { kind: 'checksum', name, text },
      expects: isVerdict,
    });
  let etag = '';
  const complete = (text: string) => {
    const completion: Completion = {
      ...upload,
      parts: [{ number: 1, etag, checksum: { name, text: right } }],
      whole: { name, text, sizeBytes: CONTENT.length },
      condition: { kind: 'none' },
      expects: isVerdict,
    };
    return completeUpload(session, completion);
  };
  let isDone = false;
  const finish = async (text: string): Promise<Verdict> => {
    const verdict = await verdictOf(complete(text));
    isDone = verdict === 'taken';
    return verdict;
  };
  try {
    if ((await verdictOf(send(wrong))) !== 'bad-request') return 'nothing';
    const sent = await findUnlessRefused(send(right));
    if (sent === undefined) return 'nothing';
    etag = sent;
    if ((await finish(wrong)) === 'taken') return 'parts';
    if ((await finish(right)) !== 'taken') return 'nothing';
    return (await findObject(session, key))?.checksums[name] === right ? 'whole' : 'parts';
  } finally {
    if (!isDone) await abortUpload(session, upload);
  }
}

/** Undefined when the store does not know what it was asked for. */
async function findUnlessRefused<Found>(sent: Promise<Found>): Promise<Found | undefined> {
  try {
    return await sent;
  } catch (error) {
    if (isVerdict(error)) return undefined;
    throw error;
  }
}

async function startUpload({ session, options, key }: Probe, checksum: WholeChecksumName | null) {
  const uploadId = await createUpload(session, options, {
    key,
    checksum,
    sha256: '',
    mediaType: 'text/plain',
    visibility: 'private',
    writeId: options.random(),
    ...(checksum === null ? {} : { expects: isVerdict }),
  });
  return { key, uploadId };
}

function checksumOf(name: WholeChecksumName, bytes: Uint8Array): string {
  if (name === 'CRC32') return checksumText(name, BigInt(crc32(bytes)));
  const crc = createCrc64();
  crc.update(bytes);
  return checksumText(name, crc.value());
}

function md5Of(bytes: Uint8Array): string {
  return createHash('md5').update(bytes).digest('hex');
}
