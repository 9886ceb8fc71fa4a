import { createMachineImages, type MachineImagesOptions } from '@osrel/adapters';
import type { MachineImages, MachineImageTestResult } from '@osrel/core';
import { onTestFinished, vi } from 'vitest';
import { createFixedClock, type FixedClock } from '../fakes/fixed-clock.ts';
import { type Ec2Server, startEc2 } from '../servers/ec2/start-ec2.ts';

export interface Ec2Place {
  readonly images: MachineImages;
  readonly server: Ec2Server;
  readonly clock: FixedClock;
  /** `bucket/key` of each object. */
  readonly objects: Set<string>;
  readonly putObject: (key: string) => Promise<void>;
}

const BUCKET = 'imports';

const PASSED: MachineImageTestResult = { verdict: 'passed', tests: [], because: 'its exit code is 0' };

/** The adapter on an EC2 of its own, with the credentials that this EC2 knows; all of it ends with the test. */
export async function startEc2Place(
  change: Partial<MachineImagesOptions> & { readonly objects?: Set<string> } = {},
): Promise<Ec2Place> {
  const objects = change.objects ?? new Set<string>();
  const server = await startEc2({ hasObject: async (bucket, key) => objects.has(`${bucket}/${key}`) });
  onTestFinished(() => server.close());
  useCredentials(server.accessKeyId);
  const clock = createFixedClock();
  const { objects: _, ...options } = change;
  const images = createMachineImages({
    region: 'eu-central-1',
    endpoint: server.url,
    bucket: BUCKET,
    kmsKey: null,
    clock,
    runTest: async () => PASSED,
    ...options,
  });
  const putObject = async (key: string): Promise<void> => void objects.add(`${BUCKET}/${key}`);
  return { images, server, clock, objects, putObject };
}

/** The SDK's own chain reads them when the first request is made. */
export function useCredentials(accessKeyId: string): void {
  vi.stubEnv('AWS_ACCESS_KEY_ID', accessKeyId);
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'example-secret');
  vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
  onTestFinished(() => void vi.unstubAllEnvs());
}
