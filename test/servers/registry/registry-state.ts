import { createHash } from 'node:crypto';

export interface StoredManifest {
  readonly content: Buffer;
  readonly mediaType: string;
  readonly digest: string;
}

export interface Repository {
  /** Digests of blobs that were uploaded to it or mounted. */
  readonly blobs: Set<string>;
  /** By tag and by digest. */
  readonly manifests: Map<string, StoredManifest>;
}

export interface Upload {
  readonly repository: string;
  content: Buffer;
  /** Changes with everything that arrives; a location of before is no longer good where the registry is strict. */
  state: number;
}

/** What a registry holds. */
export interface RegistryState {
  readonly blobs: Map<string, Buffer>;
  readonly uploads: Map<string, Upload>;
  readonly repository: (name: string) => Repository;
  /** Puts a blob into a repository, as an upload would. */
  readonly addBlob: (repository: string, content: Buffer) => string;
  readonly addManifest: (
    repository: string,
    manifest: Omit<StoredManifest, 'digest'> & { readonly tag?: string },
  ) => string;
}

export function createRegistryState(): RegistryState {
  const blobs = new Map<string, Buffer>();
  const repositories = new Map<string, Repository>();
  const repository = (name: string): Repository => {
    const found = repositories.get(name) ?? { blobs: new Set(), manifests: new Map() };
    repositories.set(name, found);
    return found;
  };
  return {
    blobs,
    uploads: new Map(),
    repository,
    addBlob: (name, content) => {
      const digest = digestOf(content);
      blobs.set(digest, content);
      repository(name).blobs.add(digest);
      return digest;
    },
    addManifest: (name, { content, mediaType, tag }) => {
      const digest = digestOf(content);
      const stored = { content, mediaType, digest };
      repository(name).manifests.set(digest, stored);
      if (tag !== undefined) repository(name).manifests.set(tag, stored);
      return digest;
    },
  };
}

/** `sha256:<hex>`. */
export function digestOf(content: Uint8Array): string {
  return `sha256:${createHash('sha256').update(content).digest('hex')}`;
}
