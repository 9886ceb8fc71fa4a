import { Ec2Error, type Xml } from './ec2-answer.ts';
import type { Ec2Parameters } from './ec2-parameters.ts';
import type { Ec2Image, Ec2World } from './ec2-world.ts';
import { renderTags } from './import-actions.ts';

const NAME = /^[A-Za-z0-9()[\] ./\-'@_]{3,128}$/;

export function registerImage(world: Ec2World, parameters: Ec2Parameters): Xml {
  const name = parameters.get('Name');
  if (!NAME.test(name))
    throw new Ec2Error(400, 'InvalidAMIName.Malformed', `AMI names have no such characters: ${name}`);
  const taken = [...world.images.values()].find((image) => image.name === name);
  if (taken !== undefined) {
    throw new Ec2Error(
      400,
      'InvalidAMIName.Duplicate',
      `AMI name ${name} is already in use by AMI ${taken.id}`,
    );
  }
  const snapshotId = parameters.get('BlockDeviceMapping.1.Ebs.SnapshotId');
  if (!world.snapshots.has(snapshotId))
    throw new Ec2Error(400, 'InvalidSnapshot.NotFound', `The snapshot '${snapshotId}' does not exist.`);
  const architecture = parameters.get('Architecture');
  const tpmSupport = parameters.find('TpmSupport');
  if (tpmSupport !== null && architecture !== 'x86_64')
    throw new Ec2Error(400, 'InvalidParameterCombination', `TPM is not supported on ${architecture}`);
  if (world.images.size >= world.imageQuota)
    throw new Ec2Error(400, 'AMIQuotaExceeded', 'The maximum number of AMIs has been reached');
  const image: Ec2Image = {
    id: world.newId('ami'),
    name,
    architecture,
    tpmSupport,
    bootMode: parameters.find('BootMode') ?? 'legacy-bios',
    virtualization: parameters.find('VirtualizationType') ?? 'paravirtual',
    ena: parameters.find('EnaSupport') === 'true',
    rootDevice: parameters.get('RootDeviceName'),
    disk: {
      device: parameters.get('BlockDeviceMapping.1.DeviceName'),
      snapshotId,
      sizeGib: Number(parameters.find('BlockDeviceMapping.1.Ebs.VolumeSize')),
      type: parameters.find('BlockDeviceMapping.1.Ebs.VolumeType') ?? 'standard',
      deletedOnTermination: parameters.find('BlockDeviceMapping.1.Ebs.DeleteOnTermination') === 'true',
    },
  };
  world.images.set(image.id, image);
  world.writeTags(image.id, parameters.tagsFor('image'));
  return { imageId: image.id };
}

export function describeImages(world: Ec2World, parameters: Ec2Parameters): Xml {
  if (parameters.list('Owner').join() !== 'self')
    throw new Ec2Error(400, 'InvalidParameterValue', "Only the account's own images are asked for here");
  const shown = [...world.images.values()].filter((image) => world.isShown(image.id));
  const ids = parameters.list('ImageId');
  const missing = ids.find((id) => shown.every((image) => image.id !== id));
  if (missing !== undefined)
    throw new Ec2Error(400, 'InvalidAMIID.NotFound', `The image id '[${missing}]' does not exist`);
  const names = parameters.find('Filter.1.Name') === 'name' ? parameters.list('Filter.1.Value') : null;
  const wanted = shown.filter(
    (image) => (ids.length === 0 || ids.includes(image.id)) && (names === null || names.includes(image.name)),
  );
  return { imagesSet: wanted.map((image) => renderImage(world, image)) };
}

function renderImage(world: Ec2World, image: Ec2Image): Xml {
  return {
    imageId: image.id,
    name: image.name,
    imageState: 'available',
    imageOwnerId: '123456789012',
    isPublic: false,
    architecture: image.architecture,
    rootDeviceName: image.rootDevice,
    virtualizationType: image.virtualization,
    bootMode: image.bootMode,
    enaSupport: image.ena,
    tpmSupport: image.tpmSupport,
    blockDeviceMapping: [
      {
        deviceName: image.disk.device,
        ebs: {
          snapshotId: image.disk.snapshotId,
          volumeSize: image.disk.sizeGib,
          volumeType: image.disk.type,
          deleteOnTermination: image.disk.deletedOnTermination,
        },
      },
    ],
    tagSet: renderTags(world.tagsOf(image.id)),
  };
}

export function deregisterImage(world: Ec2World, parameters: Ec2Parameters): Xml {
  const id = parameters.get('ImageId');
  if (!world.images.delete(id))
    throw new Ec2Error(400, 'InvalidAMIID.Unavailable', `The image ID '${id}' is no longer available`);
  return { return: true };
}

export function describeSnapshots(world: Ec2World, parameters: Ec2Parameters): Xml {
  const ids = parameters.list('SnapshotId');
  const missing = ids.find((id) => !world.snapshots.has(id) || !world.isShown(id));
  if (missing !== undefined)
    throw new Ec2Error(400, 'InvalidSnapshot.NotFound', `The snapshot '${missing}' does not exist.`);
  return {
    snapshotSet: ids.map((id) => ({
      snapshotId: id,
      status: 'completed',
      tagSet: renderTags(world.tagsOf(id)),
    })),
  };
}

export function deleteSnapshot(world: Ec2World, parameters: Ec2Parameters): Xml {
  const id = parameters.get('SnapshotId');
  const user = [...world.images.values()].find((image) => image.disk.snapshotId === id);
  if (user !== undefined)
    throw new Ec2Error(400, 'InvalidSnapshot.InUse', `The snapshot ${id} is currently in use by ${user.id}`);
  if (!world.snapshots.delete(id))
    throw new Ec2Error(400, 'InvalidSnapshot.NotFound', `The snapshot '${id}' does not exist.`);
  return { return: true };
}

export function createTags(world: Ec2World, parameters: Ec2Parameters): Xml {
  for (const id of parameters.list('ResourceId')) {
    if (!world.images.has(id) && !world.snapshots.has(id))
      throw new Ec2Error(
        400,
        id.startsWith('ami-') ? 'InvalidAMIID.NotFound' : 'InvalidSnapshot.NotFound',
        `The ID '${id}' does not exist`,
      );
    world.writeTags(id, parameters.tags('Tag'));
  }
  return { return: true };
}
