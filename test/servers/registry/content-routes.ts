import { complaint, type RegistryAnswer, type RegistryCall } from './registry-answer.ts';
import { digestOf, type RegistryState } from './registry-state.ts';

export interface ReadRules {
  readonly ranges: 'kept' | 'ignored';
  /** Where blobs are really read, as cloud registries have it; null: here. */
  readonly storage: string | null;
  /** After a manifest was stored, this many reads of it do not see it. */
  readonly manifestLag: number;
}

/** `GET` and `HEAD` of a blob. */
export function readBlob(
  state: RegistryState,
  rules: ReadRules,
  at: { readonly name: string; readonly digest: string },
  call: RegistryCall,
): RegistryAnswer {
  const content = state.blobs.get(at.digest);
  if (content === undefined || !state.repository(at.name).blobs.has(at.digest))
    return complaint(404, 'BLOB_UNKNOWN');
  if (rules.storage !== null && call.method === 'GET')
    return { status: 307, headers: { location: `${rules.storage}/${at.digest}?X-Signature=secret` } };
  return blobContent(rules, { content, digest: at.digest }, call);
}

/** The blob itself, whole or from the asked byte on. */
export function blobContent(
  { ranges }: ReadRules,
  { content, digest }: { readonly content: Buffer; readonly digest: string },
  { headers }: RegistryCall,
): RegistryAnswer {
  const start = Number(/^bytes=(\d+)-$/.exec(String(headers.range ?? ''))?.[1] ?? 0);
  const shared = { 'docker-content-digest': digest, 'content-type': 'application/octet-stream' };
  if (start === 0 || ranges === 'ignored') return { status: 200, headers: shared, body: content };
  const range = `bytes ${start}-${content.length - 1}/${content.length}`;
  return { status: 206, headers: { ...shared, 'content-range': range }, body: content.subarray(start) };
}

/** `GET`, `HEAD` and `PUT` of a manifest. */
export function callManifest(
  state: RegistryState,
  lag: (digest: string) => boolean,
  at: { readonly name: string; readonly reference: string },
  call: RegistryCall,
): RegistryAnswer {
  const { manifests } = state.repository(at.name);
  if (call.method === 'PUT') return storeManifest(state, at, call);
  const found = manifests.get(at.reference);
  if (found === undefined || lag(found.digest)) return complaint(404, 'MANIFEST_UNKNOWN');
  const { content, mediaType, digest } = found;
  return {
    status: 200,
    headers: { 'content-type': mediaType, 'docker-content-digest': digest },
    body: content,
  };
}

function storeManifest(
  state: RegistryState,
  { name, reference }: { readonly name: string; readonly reference: string },
  { body, headers }: RegistryCall,
): RegistryAnswer {
  const manifest = JSON.parse(body.toString('utf8'));
  const { blobs } = state.repository(name);
  const named: string[] = [manifest.config, ...manifest.layers].map(({ digest }) => digest);
  if (named.some((digest) => !blobs.has(digest))) return complaint(400, 'MANIFEST_BLOB_UNKNOWN');
  const isDigest = reference.startsWith('sha256:');
  if (isDigest && reference !== digestOf(body)) return complaint(400, 'DIGEST_INVALID');
  const mediaType = String(headers['content-type']);
  const tag = isDigest ? {} : { tag: reference };
  const digest = state.addManifest(name, { content: body, mediaType, ...tag });
  return {
    status: 201,
    headers: { location: `/v2/${name}/manifests/${digest}`, 'docker-content-digest': digest },
  };
}
