import { sha256 } from './stable-id.mjs';
import { tarOf } from './tar.mjs';
import { textFile } from './tree.mjs';

/**
 * A docker archive (`docker load` reads it) of one layer.
 * @param {{ tree: Map<string, object>, reference: string, architecture: string, labels: Record<string, string>,
 *   command?: string[], epochSeconds: number }} image reference is name:tag
 * @returns {Buffer} the tar file, the same bytes for the same image
 */
export function dockerArchive({ tree, reference, architecture, labels, command, epochSeconds }) {
  const layer = tarOf(tree, epochSeconds);
  const diffId = sha256(layer);
  const created = new Date(epochSeconds * 1000).toISOString();
  const config = JSON.stringify({
    architecture,
    os: 'linux',
    created,
    config: { Env: ['PATH=/usr/sbin:/usr/bin:/sbin:/bin'], ...(command && { Cmd: command }), Labels: labels },
    rootfs: { type: 'layers', diff_ids: [`sha256:${diffId}`] },
    history: [{ created, created_by: 'bitbake', comment: reference }],
  });
  const configName = `${sha256(config)}.json`;
  const cut = reference.lastIndexOf(':');
  const [name, tag] = [reference.slice(0, cut), reference.slice(cut + 1)];
  const manifest = [{ Config: configName, RepoTags: [reference], Layers: [`${diffId}/layer.tar`] }];
  const layerRecord = { id: diffId, created, os: 'linux', architecture };
  const files = new Map([
    [configName, textFile(config)],
    ['manifest.json', textFile(JSON.stringify(manifest))],
    ['repositories', textFile(JSON.stringify({ [name]: { [tag]: diffId } }))],
    [`${diffId}/VERSION`, textFile('1.0')],
    [`${diffId}/json`, textFile(JSON.stringify(layerRecord))],
    [`${diffId}/layer.tar`, { kind: 'file', bytes: layer, mode: 0o644 }],
  ]);
  return tarOf(files, epochSeconds);
}
