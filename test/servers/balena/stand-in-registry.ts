import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { integrityBroken } from '@osrel/core';
import type { ImageRegistry, ImageTarget } from '../../../packages/adapters/src/image-registry.ts';

/** What arrived in a repository. */
export interface ArrivedImage {
  readonly repository: string;
  readonly digest: string;
  readonly mountFrom: readonly string[];
  readonly tag: string | undefined;
  /** The token it came with. */
  readonly token: string;
}

export interface StandInRegistry extends ImageRegistry {
  readonly arrived: readonly ArrivedImage[];
  /** Called once a content has arrived, before its sender hears of it. */
  onArrival: (() => Promise<void>) | undefined;
}

/** A registry without network and layers: it asks for a token, checks the archive's digest and keeps a list. */
export function createStandInRegistry(): StandInRegistry {
  const arrived: ArrivedImage[] = [];
  const take = async (target: ImageTarget, content: string | Uint8Array) => {
    const { registry, repository, mountFrom, tag, authorize, onSent } = target;
    const scopes = [
      `repository:${repository}:pull,push`,
      ...mountFrom.map((from) => `repository:${from}:pull`),
    ];
    const token =
      (await authorize?.({
        realm: 'https://elsewhere.test/token',
        service: new URL(registry).host,
        scopes,
      })) ?? '';
    const digest = `sha256:${createHash('sha256').update('manifest\n').update(content).digest('hex')}`;
    arrived.push({ repository, digest, mountFrom, tag, token });
    onSent?.(content.length);
    await standIn.onArrival?.();
    return {
      digest,
      mediaType: 'application/vnd.docker.distribution.manifest.v2+json',
      manifestBytes: 100,
      configDigest: digest,
      sizeBytes: content.length,
    };
  };
  const standIn: StandInRegistry = {
    arrived,
    onArrival: undefined,
    async push(request) {
      const bytes = await readFile(request.archive);
      const found = createHash('sha256').update(bytes).digest('hex');
      if (found !== request.archiveSha256)
        throw integrityBroken('image.archive-digest', `${request.archive} has sha256 ${found}`);
      return take(request, bytes);
    },
    async copy(request) {
      const pushed = await take(request, request.reference);
      return { ...pushed, source: `${request.reference}@${pushed.digest}` };
    },
    fetch: () => Promise.reject(new Error('nothing is fetched from here')),
  };
  return standIn;
}
