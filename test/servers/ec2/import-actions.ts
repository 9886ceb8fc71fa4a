import { Ec2Error, type Xml } from './ec2-answer.ts';
import type { Ec2Parameters } from './ec2-parameters.ts';
import { type Ec2Import, type Ec2World, failingImport, SMOOTH_IMPORT, type Tags } from './ec2-world.ts';

/** Whether the bucket has the object now. */
export type HasObject = (bucket: string, key: string) => Promise<boolean>;

/** The same token answers the same import; with other parameters it is refused. */
export async function importSnapshot(
  world: Ec2World,
  parameters: Ec2Parameters,
  hasObject: HasObject,
): Promise<Xml> {
  const token = parameters.get('ClientToken');
  const fingerprint = parameters.fingerprint();
  const known = [...world.imports.values()].find((each) => each.token === token);
  if (known !== undefined && known.fingerprint !== fingerprint) {
    throw new Ec2Error(400, 'IdempotentParameterMismatch', 'The client token was used with other parameters');
  }
  if (known !== undefined) return renderImport(world, known);
  if (parameters.get('DiskContainer.Format') !== 'RAW')
    throw new Ec2Error(400, 'InvalidParameter', 'Only RAW is known here');
  const bucket = parameters.get('DiskContainer.UserBucket.S3Bucket');
  const key = parameters.get('DiskContainer.UserBucket.S3Key');
  const script = world.scripts.shift() ?? SMOOTH_IMPORT;
  const started: Ec2Import = {
    id: world.newId('import-snap'),
    token,
    fingerprint,
    description: parameters.find('Description') ?? '',
    bucket,
    key,
    kmsKey: parameters.find('Encrypted') === 'true' ? (parameters.find('KmsKeyId') ?? 'aws/ebs') : null,
    snapshotId: null,
    looks: (await hasObject(bucket, key))
      ? script
      : failingImport(`ClientError: No such object: s3://${bucket}/${key}`),
  };
  world.imports.set(started.id, started);
  world.writeTags(started.id, parameters.tagsFor('import-snapshot-task'));
  return renderImport(world, started);
}

/** Each look moves an import on; while it is at work the object must stay. */
export async function describeImports(
  world: Ec2World,
  parameters: Ec2Parameters,
  hasObject: HasObject,
): Promise<Xml> {
  const ids = parameters.list('ImportTaskId');
  const shown = [...world.imports.values()].filter((each) => world.isShown(each.id));
  const missing = ids.find((id) => shown.every((each) => each.id !== id));
  if (missing !== undefined)
    throw new Ec2Error(400, 'InvalidConversionTaskId.NotFound', `The task id ${missing} does not exist`);
  const wanted = ids.length === 0 ? shown : shown.filter((each) => ids.includes(each.id));
  const start = Number(parameters.find('NextToken') ?? '0');
  const page = wanted.slice(start, start + world.pageSize);
  for (const each of page) await moveOn(world, each, hasObject);
  return {
    importSnapshotTaskSet: page.map((each) => renderImport(world, each)),
    nextToken: start + page.length < wanted.length ? String(start + page.length) : null,
  };
}

async function moveOn(world: Ec2World, task: Ec2Import, hasObject: HasObject): Promise<void> {
  const [now, ...later] = task.looks;
  const isSmooth = task.looks.at(-1)?.status === 'completed';
  if (now?.status === 'active' && isSmooth && !(await hasObject(task.bucket, task.key))) {
    task.looks = failingImport('ClientError: the object went away while it was read').slice(1);
    return;
  }
  if (later.length > 0) task.looks = later;
  if (task.looks[0]?.status !== 'completed' || task.snapshotId !== null) return;
  const id = world.newId('snap');
  world.snapshots.set(id, { id, description: task.description, kmsKey: task.kmsKey });
  task.snapshotId = id;
}

function renderImport(world: Ec2World, task: Ec2Import): Xml {
  const look = task.looks[0] ?? { status: 'active', progress: null, message: '' };
  return {
    importTaskId: task.id,
    description: task.description,
    snapshotTaskDetail: {
      description: task.description,
      format: 'RAW',
      status: look.status,
      statusMessage: look.message === '' ? null : look.message,
      progress: look.progress === null ? null : String(look.progress),
      snapshotId: look.status === 'completed' ? task.snapshotId : null,
      encrypted: task.kmsKey !== null,
      kmsKeyId: task.kmsKey,
      userBucket: { s3Bucket: task.bucket, s3Key: task.key },
    },
    tagSet: renderTags(world.tagsOf(task.id)),
  };
}

export function renderTags(tags: Tags): Xml {
  return [...tags].map(([key, value]) => ({ key, value }));
}
