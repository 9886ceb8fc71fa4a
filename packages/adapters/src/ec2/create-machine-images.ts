import type { Clock, MachineImages } from '@osrel/core';
import { createEc2Client } from './ec2-client.ts';
import { findImage, recordTest, registerImage, removeImage } from './machine-image-records.ts';
import { findImport, startImport } from './snapshot-imports.ts';

export interface MachineImagesOptions {
  readonly region: string;
  /** Address of the EC2 API; null: AWS. */
  readonly endpoint: string | null;
  /** The bucket that imports read from. */
  readonly bucket: string;
  /** Encrypts the snapshots; null: they are not encrypted. */
  readonly kmsKey: string | null;
  readonly clock: Clock;
  readonly runTest: MachineImages['runTest'];
  /** Milliseconds without a byte after which a connection is given up; default 60 000. */
  readonly silenceMs?: number;
}

/** Machine images on Amazon EC2; credentials come from the SDK's own chain on first use. */
export function createMachineImages(options: MachineImagesOptions): MachineImages {
  const { region, endpoint, bucket, kmsKey, clock, runTest, silenceMs } = options;
  const ec2 = createEc2Client({
    region,
    endpoint,
    clock,
    ...(silenceMs === undefined ? {} : { silenceMs }),
  });
  const place = { ec2, bucket, kmsKey };
  return {
    findImage: (name, signal) => findImage(name, ec2, signal),
    findImport: (origin, signal) => findImport(origin, place, signal),
    startImport: (request, signal) => startImport(request, place, signal),
    registerImage: (request, signal) => registerImage(request, ec2, signal),
    recordTest: (imageId, signal) => recordTest(imageId, ec2, signal),
    remove: (made) => removeImage(made, ec2),
    runTest,
  };
}
