import { createHash } from 'node:crypto';
import { tarArchive } from './tar-archive.ts';

/** A docker archive with one layer that holds one file; other text, other digests. */
export function dockerArchive(text: string, labels: Readonly<Record<string, string>> = {}): Buffer {
  const layer = tarArchive([{ name: 'etc/os-release', content: text }]);
  const diffId = createHash('sha256').update(layer).digest('hex');
  const config = JSON.stringify({
    architecture: 'arm64',
    os: 'linux',
    config: { Labels: labels },
    rootfs: { type: 'layers', diff_ids: [`sha256:${diffId}`] },
  });
  const configName = `${createHash('sha256').update(config).digest('hex')}.json`;
  const manifest = JSON.stringify([{ Config: configName, RepoTags: null, Layers: [`${diffId}/layer.tar`] }]);
  return tarArchive([
    { name: configName, content: config },
    { name: `${diffId}/layer.tar`, content: layer },
    { name: 'manifest.json', content: manifest },
  ]);
}
