import { type MachineImage, machineImageNameTaken, type RegisterRequest, upstreamFailed } from '@osrel/core';
import { imageOf, imagesSchema, nothingSchema, registeredSchema, TAG, tagList } from './ec2-answers.ts';
import type { Ec2 } from './ec2-client.ts';
import { saysCode } from './ec2-failure.ts';
import { hasSnapshot } from './snapshot-imports.ts';

/** The root disk as the workflow makes it (balena-workflow 10.4). */
const ROOT_DEVICE = '/dev/sda1';
const ROOT_SIZE_GIB = 8;

/** The image of exactly this name in the own account. */
export async function findImage(
  name: string,
  ec2: Ec2,
  signal?: AbortSignal,
): Promise<MachineImage | undefined> {
  const images = await describeImages({ Filters: [{ Name: 'name', Values: [name] }] }, name, ec2, signal);
  return images.find((image) => image.name === name);
}

/**
 * Tags the snapshot, then registers it. A name that is taken is ours when its image carries our tags: then an earlier
 * reply was lost. Throws conflict `machine-image.name-taken` otherwise.
 */
export async function registerImage(
  request: RegisterRequest,
  ec2: Ec2,
  signal?: AbortSignal,
): Promise<MachineImage> {
  const { name, snapshotId, mark, sha256, isTested } = request;
  const origin = { [TAG.name]: name, [TAG.mark]: mark, [TAG.sha256]: sha256 };
  await tagSnapshot({ snapshotId, mark, tags: origin }, ec2, signal);
  const tags = { ...origin, ...(isTested ? { [TAG.test]: 'pending' } : {}) };
  try {
    await ec2.call({
      action: 'RegisterImage',
      what: name,
      signal,
      send: (client, sdk, options) =>
        client.send(new sdk.RegisterImageCommand(registerInput(request, tags)), options),
      answer: registeredSchema,
    });
  } catch (error) {
    if (!saysCode(error, 'InvalidAMIName.Duplicate')) throw error;
  }
  // Also after a good answer: whoever looks next must see it.
  return ownImageOf(request, ec2, signal);
}

function registerInput(
  { name, snapshotId, architecture }: RegisterRequest,
  tags: Readonly<Record<string, string>>,
) {
  return {
    Name: name,
    Architecture: architecture,
    VirtualizationType: 'hvm',
    BootMode: 'uefi' as const,
    EnaSupport: true,
    RootDeviceName: ROOT_DEVICE,
    BlockDeviceMappings: [
      {
        DeviceName: ROOT_DEVICE,
        Ebs: {
          SnapshotId: snapshotId,
          VolumeSize: ROOT_SIZE_GIB,
          VolumeType: 'gp2' as const,
          DeleteOnTermination: true,
        },
      },
    ],
    // EC2 knows no TPM for arm64.
    ...(architecture === 'x86_64' ? { TpmSupport: 'v2.0' as const } : {}),
    TagSpecifications: [{ ResourceType: 'image' as const, Tags: tagList(tags) }],
  };
}

async function ownImageOf(
  request: RegisterRequest,
  ec2: Ec2,
  signal: AbortSignal | undefined,
): Promise<MachineImage> {
  const found: { image?: MachineImage } = {};
  await ec2.confirm(async () => {
    const image = await findImage(request.name, ec2, signal);
    if (image !== undefined) found.image = image;
    return image !== undefined;
  }, signal);
  const { image } = found;
  if (image === undefined) {
    throw upstreamFailed(
      'machine-image.not-shown',
      `EC2 has registered ${request.name}, and does not show it yet`,
      { hint: 'try again later: osrel resume', retryable: true },
    );
  }
  if (image.origin?.mark === request.mark && image.origin.sha256 === request.sha256) return image;
  throw machineImageNameTaken(image, request);
}

/** Records that the image passed its test. */
export async function recordTest(imageId: string, ec2: Ec2, signal?: AbortSignal): Promise<void> {
  const isRecorded = await untilSeen(ec2, {
    signal,
    look: async () => {
      const [image] = await describeImages({ ImageIds: [imageId] }, imageId, ec2, signal);
      return image?.test === 'passed';
    },
    work: () => writeTags([imageId], { [TAG.test]: 'passed' }, ec2, signal),
  });
  if (!isRecorded) throw notConfirmed(`the passed test is not recorded on ${imageId}`);
}

/** Whose the snapshot is stands on itself too: the permission to delete is bound to that tag. */
async function tagSnapshot(
  {
    snapshotId,
    mark,
    tags,
  }: {
    readonly snapshotId: string;
    readonly mark: string;
    readonly tags: Readonly<Record<string, string>>;
  },
  ec2: Ec2,
  signal: AbortSignal | undefined,
): Promise<void> {
  const isTagged = await untilSeen(ec2, {
    signal,
    look: () => hasSnapshot(snapshotId, ec2, { signal, mark }),
    work: () => writeTags([snapshotId], tags, ec2, signal),
  });
  if (!isTagged) throw notConfirmed(`the tags of ${snapshotId} are not shown`);
}

/**
 * Does it, looks, and does it again when it is not seen: the answer to these calls is empty, so that of a proxy passes
 * for it.
 */
function untilSeen(
  ec2: Ec2,
  {
    look,
    work,
    signal,
  }: {
    readonly look: () => Promise<boolean>;
    readonly work: () => Promise<unknown>;
    readonly signal?: AbortSignal | undefined;
  },
): Promise<boolean> {
  return ec2.confirm(async () => {
    await work();
    return look();
  }, signal);
}

/** Deregisters the image, then deletes the snapshot; looks that both are gone. */
export async function removeImage(
  { imageId, snapshotId }: { readonly imageId: string | null; readonly snapshotId: string | null },
  ec2: Ec2,
): Promise<void> {
  if (imageId !== null) {
    const isGone = await untilSeen(ec2, {
      look: async () => (await describeImages({ ImageIds: [imageId] }, imageId, ec2)).length === 0,
      work: () => deregister(imageId, ec2),
    });
    if (!isGone) throw notConfirmed(`${imageId} is still registered`);
  }
  if (snapshotId === null) return;
  // The image may count as its user for another moment.
  const isDeleted = async () => {
    try {
      await deleteSnapshot(snapshotId, ec2);
    } catch (error) {
      if (saysCode(error, 'InvalidSnapshot.InUse')) return false;
      throw error;
    }
    return !(await hasSnapshot(snapshotId, ec2, {}));
  };
  if (!(await ec2.confirm(isDeleted))) throw notConfirmed(`${snapshotId} is not deleted`);
}

async function deregister(imageId: string, ec2: Ec2): Promise<void> {
  await doneWhen(['InvalidAMIID.'], () =>
    ec2.call({
      action: 'DeregisterImage',
      what: imageId,
      send: (client, sdk, options) =>
        client.send(new sdk.DeregisterImageCommand({ ImageId: imageId }), options),
      answer: nothingSchema,
    }),
  );
}

async function deleteSnapshot(snapshotId: string, ec2: Ec2): Promise<void> {
  await doneWhen(['InvalidSnapshot.NotFound'], () =>
    ec2.call({
      action: 'DeleteSnapshot',
      what: snapshotId,
      send: (client, sdk, options) =>
        client.send(new sdk.DeleteSnapshotCommand({ SnapshotId: snapshotId }), options),
      answer: nothingSchema,
    }),
  );
}

async function describeImages(
  question: { readonly ImageIds?: string[]; readonly Filters?: { Name: string; Values: string[] }[] },
  what: string,
  ec2: Ec2,
  signal?: AbortSignal,
): Promise<readonly MachineImage[]> {
  try {
    const { Images } = await ec2.call({
      action: 'DescribeImages',
      what,
      signal,
      send: (client, sdk, options) =>
        client.send(new sdk.DescribeImagesCommand({ Owners: ['self'], ...question }), options),
      answer: imagesSchema,
    });
    return Images.filter((image) => image.State !== 'deregistered').map(imageOf);
  } catch (error) {
    if (saysCode(error, 'InvalidAMIID.')) return [];
    throw error;
  }
}

async function writeTags(
  resources: string[],
  tags: Readonly<Record<string, string>>,
  ec2: Ec2,
  signal: AbortSignal | undefined,
): Promise<void> {
  await ec2.call({
    action: 'CreateTags',
    what: resources.join(', '),
    signal,
    send: (client, sdk, options) =>
      client.send(new sdk.CreateTagsCommand({ Resources: resources, Tags: tagList(tags) }), options),
    answer: nothingSchema,
  });
}

async function doneWhen(codes: readonly string[], work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!saysCode(error, ...codes)) throw error;
  }
}

function notConfirmed(what: string) {
  return upstreamFailed('machine-image.not-confirmed', `EC2 took the request, but ${what}`, {
    hint: 'try again later: osrel resume',
    retryable: true,
  });
}
