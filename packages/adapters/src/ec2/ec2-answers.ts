import type { MachineImage, MachineImageOrigin } from '@osrel/core';
import { z } from 'zod';

const tagsSchema = z.array(z.looseObject({ Key: z.string(), Value: z.string().optional() })).optional();

const taskDetailSchema = z.looseObject({
  Status: z.string().optional(),
  StatusMessage: z.string().optional(),
  Progress: z.string().optional(),
  SnapshotId: z.string().optional(),
});

export const taskSchema = z.looseObject({
  ImportTaskId: z.string(),
  SnapshotTaskDetail: taskDetailSchema,
  Tags: tagsSchema,
});

export type ImportTask = z.infer<typeof taskSchema>;

export const tasksSchema = z.looseObject({
  ImportSnapshotTasks: z.array(taskSchema),
  NextToken: z.string().optional(),
});

const imageSchema = z.looseObject({
  ImageId: z.string(),
  Name: z.string().optional(),
  State: z.string().optional(),
  Tags: tagsSchema,
  BlockDeviceMappings: z
    .array(z.looseObject({ Ebs: z.looseObject({ SnapshotId: z.string().optional() }).optional() }))
    .optional(),
});

export const imagesSchema = z.looseObject({ Images: z.array(imageSchema) });

export const snapshotsSchema = z.looseObject({
  Snapshots: z.array(
    z.looseObject({ SnapshotId: z.string(), State: z.string().optional(), Tags: tagsSchema }),
  ),
});

export const registeredSchema = z.looseObject({ ImageId: z.string() });

/** Calls that answer nothing: what they did is looked at afterwards. */
export const nothingSchema = z.unknown();

/** Names of the tags on everything that osrel makes there. */
export const TAG = {
  name: 'Name',
  mark: 'osrel-mark',
  sha256: 'osrel-sha256',
  /** `pending` or `passed`. */
  test: 'osrel-test',
  /** Counts the imports of the same bytes for the same release. */
  attempt: 'osrel-attempt',
} as const;

export function tagList(tags: Readonly<Record<string, string>>): { Key: string; Value: string }[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}

export function tagOf(from: { readonly Tags?: z.infer<typeof tagsSchema> }, key: string): string | undefined {
  return from.Tags?.find((tag) => tag.Key === key)?.Value;
}

/** The image in words of the domain. */
export function imageOf(image: z.infer<typeof imageSchema>): MachineImage {
  const test = tagOf(image, TAG.test);
  return {
    id: image.ImageId,
    name: image.Name ?? '',
    snapshotId: image.BlockDeviceMappings?.find((each) => each.Ebs?.SnapshotId)?.Ebs?.SnapshotId ?? null,
    origin: originOf(image),
    test: test === 'pending' || test === 'passed' ? test : null,
    isUsable: image.State === 'available' || image.State === 'pending',
  };
}

/** Null when osrel did not make it. */
export function originOf(from: { readonly Tags?: z.infer<typeof tagsSchema> }): MachineImageOrigin | null {
  const [mark, sha256] = [tagOf(from, TAG.mark), tagOf(from, TAG.sha256)];
  return mark === undefined || sha256 === undefined ? null : { mark, sha256 };
}
