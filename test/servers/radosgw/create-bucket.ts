import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import type { S3User } from './start-radosgw.ts';

/** Makes a bucket that belongs to the user, and gives that user's client. */
export async function createBucket(
  server: { readonly endpoint: string },
  user: S3User,
  bucket: string,
): Promise<S3Client> {
  const client = createS3Client(server, user);
  await client.send(new CreateBucketCommand({ Bucket: bucket }));
  return client;
}

/** A client of the vendor's own making, to look at the server past the adapter that is tested. */
function createS3Client(server: { readonly endpoint: string }, user: S3User): S3Client {
  return new S3Client({
    endpoint: server.endpoint,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: { accessKeyId: user.accessKey, secretAccessKey: user.secretKey },
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  });
}
