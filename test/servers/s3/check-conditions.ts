import { headerOf, type S3Call } from './s3-call.ts';
import { S3Failure } from './s3-failure.ts';
import type { S3Profile } from './s3-profile.ts';
import type { S3World } from './s3-world.ts';

type Conditions = Pick<S3Profile, 'createOnly' | 'compareAndSwap'>;

/** @throws S3Failure when a condition of a write does not hold, as far as this server looks at it */
export function checkConditions(
  world: S3World,
  call: S3Call,
  { createOnly, compareAndSwap }: Conditions,
): void {
  const found = world.objects.get(call.key);
  const isCreateOnly = headerOf(call, 'if-none-match') === '*';
  if (isCreateOnly && createOnly !== 'ignored' && found !== undefined) {
    throw createOnly === 'answers-304'
      ? new S3Failure(304, 'NotModified')
      : new S3Failure(412, 'PreconditionFailed');
  }
  const wanted = headerOf(call, 'if-match');
  if (wanted === undefined || compareAndSwap === 'ignored') return;
  if (compareAndSwap === 'not-implemented') throw new S3Failure(501, 'NotImplemented');
  if (found === undefined) throw new S3Failure(404, 'NoSuchKey');
  if (found.etag !== wanted) throw new S3Failure(412, 'PreconditionFailed');
}
