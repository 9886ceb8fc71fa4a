import { badConfig } from '../errors/osrel-error.ts';
import type { DeviceType } from './device-type.ts';

/** What an image runs on, as registries name it: `arm64`, `arm` with variant `v7`. */
export interface ImagePlatform {
  readonly architecture: string;
  readonly variant?: string;
}

/** Architectures of device types (contracts, `arch.sw`) as registries name them. */
const PLATFORMS: Readonly<Record<string, ImagePlatform>> = {
  aarch64: { architecture: 'arm64' },
  amd64: { architecture: 'amd64' },
  i386: { architecture: '386' },
  'i386-nlp': { architecture: '386' },
  armv7hf: { architecture: 'arm', variant: 'v7' },
  armv5e: { architecture: 'arm', variant: 'v5' },
  rpi: { architecture: 'arm', variant: 'v6' },
};

/** What images for the device type run on. Throws config `device-type.architecture-unknown`. */
export function imagePlatformOf({ slug, json }: Pick<DeviceType, 'slug' | 'json'>): ImagePlatform {
  const platform = typeof json.arch === 'string' ? PLATFORMS[json.arch] : undefined;
  if (platform !== undefined) return platform;
  throw badConfig(
    'device-type.architecture-unknown',
    `device type ${slug} has the architecture ${JSON.stringify(json.arch ?? null)}; known: ${Object.keys(PLATFORMS).join(', ')}`,
    { hint: 'correct arch in the device-type file: images of registries are chosen by it' },
  );
}
