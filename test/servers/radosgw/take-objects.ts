import { DeleteObjectsCommand, ListObjectsV2Command, type S3Client } from '@aws-sdk/client-s3';

/** Removes every object below the prefix and gives their keys with their sizes in bytes. */
export async function takeObjects(
  client: S3Client,
  bucket: string,
  prefix: string,
): Promise<ReadonlyMap<string, number>> {
  const sizes = new Map<string, number>();
  for (;;) {
    const page = await client.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix }));
    const objects = page.Contents ?? [];
    if (objects.length === 0) return sizes;
    for (const { Key = '', Size = 0 } of objects) sizes.set(Key, Size);
    const keys = objects.map(({ Key }) => ({ Key }));
    await client.send(new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects: keys } }));
  }
}
