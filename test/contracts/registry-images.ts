import { createHash, randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { createImageRegistry, type ImageRegistryOptions } from '@osrel/adapters';
import { onTestFinished } from 'vitest';
import { createFixedClock, type FixedClockOptions } from '../fakes/fixed-clock.ts';
import {
  type RegistryOptions,
  type RegistryServer,
  startRegistry,
} from '../servers/registry/start-registry.ts';
import { tarOf } from './docker-archive.ts';
import { temporaryFolder } from './temporary-folder.ts';

export const REPOSITORY = 'v2/0123abc';

/** A registry that ends with the test. */
export async function useRegistry(options: RegistryOptions = {}): Promise<RegistryServer> {
  const registry = await startRegistry(options);
  onTestFinished(() => registry.close());
  return registry;
}

/** The adapter with small chunks and a clock that never waits. */
export async function useAdapter(options: Partial<ImageRegistryOptions> & FixedClockOptions = {}) {
  const clock = createFixedClock({ start: new Date().toISOString() });
  const cacheFolder = join(await temporaryFolder(), 'cache');
  const images = createImageRegistry({ clock, cacheFolder, chunkBytes: 1024 * 1024, ...options });
  return { images, clock, cacheFolder };
}

/** A layer that hardly gets smaller when it is packed. */
export function bulkyFile(sizeBytes: number, name = 'usr/bulk') {
  return { name, content: randomBytes(sizeBytes) };
}

/** What `request` sent of blobs, in bytes. */
export function sentBytes({ requests }: RegistryServer): number {
  return requests
    .filter(({ path }) => path.includes('/blobs/uploads/'))
    .reduce((sum, { bodyBytes }) => sum + bodyBytes, 0);
}

export function writingRequests({ requests }: RegistryServer): readonly string[] {
  return requests.filter(({ method }) => method !== 'GET' && method !== 'HEAD').map(({ method }) => method);
}

/** Files of an OCI layout with one image, by path; `pack` changes the layer as it is stored. */
export function ociLayout(layers: readonly Buffer[], pack: (layer: Buffer) => Buffer = gzipSync) {
  const blobs = new Map<string, Buffer>();
  const add = (mediaType: string, content: Buffer) => {
    const digest = sha256(content);
    blobs.set(`blobs/sha256/${digest.slice('sha256:'.length)}`, content);
    return { mediaType, digest, size: content.length };
  };
  const json = (value: unknown) => Buffer.from(JSON.stringify(value));
  const image = {
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    config: add('application/vnd.oci.image.config.v1+json', imageConfig(layers)),
    layers: layers.map((layer) => add('application/vnd.oci.image.layer.v1.tar+gzip', pack(layer))),
  };
  const manifest = add(image.mediaType, json(image));
  const attestation = {
    ...add('application/vnd.oci.image.manifest.v1+json', json({ schemaVersion: 2 })),
    annotations: { 'vnd.docker.reference.type': 'attestation-manifest' },
  };
  const inner = json({ schemaVersion: 2, manifests: [manifest, attestation] });
  const index = add('application/vnd.oci.image.index.v1+json', inner);
  return {
    configDigest: image.config.digest,
    files: new Map([
      ['oci-layout', Buffer.from('{"imageLayoutVersion":"1.0.0"}')],
      ['index.json', json({ schemaVersion: 2, manifests: [index] })],
      ...blobs,
    ]),
  };
}

export function imageConfig(
  layers: readonly Buffer[],
  platform = { os: 'linux', architecture: 'arm64' },
): Buffer {
  return Buffer.from(
    JSON.stringify({ ...platform, rootfs: { type: 'layers', diff_ids: layers.map(sha256) } }),
  );
}

export async function writeFolder(files: ReadonlyMap<string, Buffer>): Promise<string> {
  const folder = await temporaryFolder();
  for (const [name, content] of files) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), content);
  }
  return folder;
}

/** Puts an image with random layers into a registry, under its digest and the tag. */
export function seedImage(
  { state }: RegistryServer,
  at: {
    readonly repository: string;
    readonly tag?: string;
    readonly platform?: { os: string; architecture: string };
  },
  sizesBytes: readonly number[],
) {
  const layers = sizesBytes.map((sizeBytes) => tarOf([bulkyFile(sizeBytes)]));
  const describe = (mediaType: string, content: Buffer) => ({
    mediaType,
    digest: state.addBlob(at.repository, content),
    size: content.length,
  });
  const mediaType = 'application/vnd.oci.image.manifest.v1+json';
  const manifest = {
    schemaVersion: 2,
    mediaType,
    config: describe('application/vnd.oci.image.config.v1+json', imageConfig(layers, at.platform)),
    layers: layers.map((layer) => describe('application/vnd.oci.image.layer.v1.tar', layer)),
  };
  const content = Buffer.from(JSON.stringify(manifest));
  const digest = state.addManifest(at.repository, {
    content,
    mediaType,
    ...(at.tag === undefined ? {} : { tag: at.tag }),
  });
  return { digest, size: content.length, mediaType, layers: manifest.layers };
}

export function sha256(content: Uint8Array): string {
  return `sha256:${createHash('sha256').update(content).digest('hex')}`;
}
