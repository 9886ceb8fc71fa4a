import type { Platform } from '../image-registry.ts';
import type { IndexEntry } from './image-manifest.ts';

/**
 * The image that runs on the platform: of the variants not above the wanted one the highest. Undefined when there is
 * none. Without a variant, `arm` means v7, and any other architecture its plainest.
 */
export function choosePlatform(images: readonly IndexEntry[], wanted: Platform): IndexEntry | undefined {
  const most = levelOf(wanted.variant) ?? (wanted.architecture === 'arm' ? 7 : undefined);
  const fitting = images
    .filter(({ platform }) => platform?.os === wanted.os && platform.architecture === wanted.architecture)
    .map((image) => ({ image, level: levelOf(image.platform?.variant) ?? 0 }))
    // arm64 is v8 whether it says so or not.
    .filter(({ level }) => level <= (most ?? 8))
    .sort((a, b) => (most === undefined ? a.level - b.level : b.level - a.level));
  return fitting[0]?.image;
}

interface PlatformName {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string | undefined;
}

/** `linux/arm/v7`. */
export function platformName({ os, architecture, variant }: PlatformName): string {
  return [os, architecture, variant].filter((part) => part !== undefined && part !== '').join('/');
}

function levelOf(variant: string | undefined): number | undefined {
  const digits = /^v(\d{1,2})$/.exec(variant ?? '')?.[1];
  return digits === undefined ? undefined : Number(digits);
}
