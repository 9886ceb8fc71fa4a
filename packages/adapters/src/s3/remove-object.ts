import { isNoSuchBucket, isNotFound } from './s3-errors.ts';
import type { S3Session } from './send-request.ts';

/** Removes an object; one that is not there is removed already. */
export async function removeObject(session: S3Session, key: string): Promise<void> {
  try {
    await session.send({
      action: 's3:DeleteObject',
      key,
      expects: (error) => isNotFound(error) && !isNoSuchBucket(error),
      call: ({ client, sdk }) =>
        client.send(new sdk.DeleteObjectCommand({ Bucket: session.bucket, Key: key })),
    });
  } catch (error) {
    if (!isNotFound(error) || isNoSuchBucket(error)) throw error;
  }
}
