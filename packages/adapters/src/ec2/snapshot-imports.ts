import { createHash } from 'node:crypto';
import {
  type ImportRequest,
  type MachineImageOrigin,
  type SnapshotImport,
  upstreamFailed,
} from '@osrel/core';
import {
  type ImportTask,
  originOf,
  snapshotsSchema,
  TAG,
  tagList,
  tagOf,
  taskSchema,
  tasksSchema,
} from './ec2-answers.ts';
import type { Ec2 } from './ec2-client.ts';
import { saysCode } from './ec2-failure.ts';

export interface ImportPlace {
  readonly ec2: Ec2;
  /** The bucket that imports read from. */
  readonly bucket: string;
  /** Null: the snapshot is not encrypted. */
  readonly kmsKey: string | null;
}

/** More are never needed: each one has ended before the next is made. */
const MOST_DEAD_TOKENS = 5;

/** The newest import of that origin, or the one of that id; one whose snapshot is gone has failed. */
export async function findImport(
  wanted: MachineImageOrigin & { readonly id: string | null },
  { ec2 }: Pick<ImportPlace, 'ec2'>,
  signal?: AbortSignal,
): Promise<SnapshotImport | undefined> {
  const tasks = await listTasks(wanted.id, ec2, signal);
  const task = wanted.id === null ? newestOf(tasks, wanted) : tasks[0];
  return task === undefined ? undefined : importOf(task, ec2, signal);
}

/**
 * Starts an import under a token made of the release's mark and the bytes: asked for again after a lost reply, or by a
 * second osrel, EC2 answers the first one. An import that has failed keeps its token, so the next one counts on.
 */
export async function startImport(
  request: ImportRequest,
  place: ImportPlace,
  signal?: AbortSignal,
): Promise<SnapshotImport> {
  const { ec2 } = place;
  const newest = newestOf(await listTasks(null, ec2, signal), request);
  const known = newest === undefined ? undefined : await importOf(newest, ec2, signal);
  if (known !== undefined && known.state !== 'failed') return known;
  const first = newest === undefined ? 0 : attemptOf(newest) + 1;
  for (let attempt = first; attempt < first + MOST_DEAD_TOKENS; attempt += 1) {
    const task = await ec2.call({
      action: 'ImportSnapshot',
      what: request.name,
      signal,
      send: (client, sdk, options) =>
        client.send(new sdk.ImportSnapshotCommand(importInput(request, place, attempt)), options),
      answer: taskSchema,
    });
    const started = await importOf(task, ec2, signal);
    // A failed one is an older import that the list did not show yet.
    if (started.state !== 'failed') return started;
  }
  throw upstreamFailed('machine-image.import-stuck', `EC2 answers only ended imports for ${request.name}`, {
    hint: 'try again later: osrel resume',
    retryable: true,
  });
}

function importInput(
  { name, key, mark, sha256 }: ImportRequest,
  { bucket, kmsKey }: ImportPlace,
  attempt: number,
) {
  const token = createHash('sha256').update(JSON.stringify([mark, sha256, bucket, key, kmsKey, attempt]));
  return {
    ClientToken: token.digest('hex'),
    Description: `snapshot-${name}`,
    DiskContainer: {
      Description: `snapshot-${name}`,
      Format: 'RAW',
      UserBucket: { S3Bucket: bucket, S3Key: key },
    },
    ...(kmsKey === null ? {} : { Encrypted: true, KmsKeyId: kmsKey }),
    TagSpecifications: [
      {
        ResourceType: 'import-snapshot-task' as const,
        Tags: tagList({
          [TAG.name]: name,
          [TAG.mark]: mark,
          [TAG.sha256]: sha256,
          [TAG.attempt]: String(attempt),
        }),
      },
    ],
  };
}

async function listTasks(
  id: string | null,
  ec2: Ec2,
  signal: AbortSignal | undefined,
): Promise<readonly ImportTask[]> {
  const tasks: ImportTask[] = [];
  let next: string | undefined;
  do {
    const token: string | undefined = next;
    const page = await ec2
      .call({
        action: 'DescribeImportSnapshotTasks',
        what: id ?? 'all imports',
        signal,
        send: (client, sdk, options) =>
          client.send(
            new sdk.DescribeImportSnapshotTasksCommand({
              ...(id === null ? { MaxResults: 500 } : { ImportTaskIds: [id] }),
              ...(token === undefined ? {} : { NextToken: token }),
            }),
            options,
          ),
        answer: tasksSchema,
      })
      .catch((error: unknown) => {
        // A replica that has not heard of it yet.
        if (id !== null && saysCode(error, 'InvalidConversionTaskId', 'InvalidConversionTaskId.'))
          return { ImportSnapshotTasks: [] };
        throw error;
      });
    tasks.push(...page.ImportSnapshotTasks);
    next = 'NextToken' in page && page.NextToken !== '' ? page.NextToken : undefined;
  } while (next !== undefined);
  return tasks;
}

function newestOf(tasks: readonly ImportTask[], wanted: MachineImageOrigin): ImportTask | undefined {
  return tasks
    .filter((task) => {
      const origin = originOf(task);
      return origin?.mark === wanted.mark && origin.sha256 === wanted.sha256;
    })
    .toSorted((a, b) => attemptOf(b) - attemptOf(a))[0];
}

function attemptOf(task: ImportTask): number {
  const attempt = Number(tagOf(task, TAG.attempt) ?? '0');
  return Number.isSafeInteger(attempt) ? attempt : 0;
}

async function importOf(
  { ImportTaskId: id, SnapshotTaskDetail: detail }: ImportTask,
  ec2: Ec2,
  signal: AbortSignal | undefined,
): Promise<SnapshotImport> {
  const { Status: status, StatusMessage: message = '', SnapshotId: snapshotId } = detail;
  switch (status) {
    case 'completed': {
      if (snapshotId === undefined) return { state: 'active', id, progressPercent: 100, message };
      const isThere = await ec2.confirm(() => hasSnapshot(snapshotId, ec2, { signal }), signal);
      return isThere
        ? { state: 'completed', id, snapshotId, message }
        : { state: 'failed', id, message: `its snapshot ${snapshotId} is gone` };
    }
    case 'deleting':
    case 'deleted':
    case 'cancelled':
    case 'error':
      return { state: 'failed', id, message: message === '' ? `EC2 ended it (${status})` : message };
    default: {
      const progress = Number.parseInt(detail.Progress ?? '', 10);
      return { state: 'active', id, progressPercent: Number.isNaN(progress) ? null : progress, message };
    }
  }
}

/** Whether the snapshot is there and not broken, and has the mark when one is named. */
export async function hasSnapshot(
  snapshotId: string,
  ec2: Ec2,
  { signal, mark }: { readonly signal?: AbortSignal | undefined; readonly mark?: string },
): Promise<boolean> {
  try {
    const { Snapshots } = await ec2.call({
      action: 'DescribeSnapshots',
      what: snapshotId,
      signal,
      send: (client, sdk, options) =>
        client.send(new sdk.DescribeSnapshotsCommand({ SnapshotIds: [snapshotId] }), options),
      answer: snapshotsSchema,
    });
    const found = Snapshots.find((each) => each.SnapshotId === snapshotId && each.State !== 'error');
    return found !== undefined && (mark === undefined || tagOf(found, TAG.mark) === mark);
  } catch (error) {
    if (saysCode(error, 'InvalidSnapshot.NotFound')) return false;
    throw error;
  }
}
