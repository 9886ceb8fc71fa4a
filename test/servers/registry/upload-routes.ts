import { randomUUID } from 'node:crypto';
import { complaint, type RegistryAnswer, type RegistryCall } from './registry-answer.ts';
import { digestOf, type RegistryState, type Upload } from './registry-state.ts';

export interface UploadRules {
  /**
   * What the registry does with a chunk whose connection was cut: keep what came, or like distribution 2.8, whose
   * locations hold how far the upload is, give the whole upload up.
   */
  readonly cutChunks: 'kept' | 'upload-lost';
  /** Announced as OCI-Chunk-Min-Length; 0 for none. */
  readonly smallestChunk: number;
}

/** `POST /v2/<name>/blobs/uploads/`: opens an upload, or takes a blob over from another repository. */
export function openUpload(state: RegistryState, rules: UploadRules, name: string, { url }: RegistryCall) {
  const mount = url.searchParams.get('mount');
  const from = url.searchParams.get('from');
  if (mount !== null && from !== null && state.repository(from).blobs.has(mount)) {
    state.repository(name).blobs.add(mount);
    return blobStored(name, mount);
  }
  const id = randomUUID();
  const upload: Upload = { repository: name, content: Buffer.alloc(0), state: 0 };
  state.uploads.set(id, upload);
  return uploadIs(202, id, upload, rules);
}

/** `GET`, `PATCH`, `PUT` and `DELETE` of an open upload. */
export function callUpload(
  state: RegistryState,
  rules: UploadRules,
  id: string,
  call: RegistryCall,
): RegistryAnswer {
  const upload = state.uploads.get(id);
  const isOld = call.url.searchParams.get('_state') !== String(upload?.state);
  if (upload === undefined || (isOld && rules.cutChunks === 'upload-lost')) {
    state.uploads.delete(id);
    return complaint(404, 'BLOB_UPLOAD_UNKNOWN');
  }
  if (call.method === 'GET') return uploadIs(204, id, upload, rules);
  if (call.method === 'DELETE') {
    state.uploads.delete(id);
    return { status: 204 };
  }
  const range = /^(\d+)-(\d+)$/.exec(String(call.headers['content-range'] ?? ''));
  const start = range === null ? upload.content.length : Number(range[1]);
  if (start !== upload.content.length)
    return { ...uploadIs(416, id, upload, rules), body: 'range is not next' };
  const isLast = call.method === 'PUT';
  if (!isLast && !call.isCut && call.body.length < rules.smallestChunk) return complaint(400, 'SIZE_INVALID');
  upload.content = Buffer.concat([upload.content, call.body]);
  upload.state += 1;
  return isLast && !call.isCut ? finish(state, id, upload, call) : uploadIs(202, id, upload, rules);
}

function finish(state: RegistryState, id: string, upload: Upload, { url }: RegistryCall): RegistryAnswer {
  const digest = url.searchParams.get('digest');
  state.uploads.delete(id);
  if (digest !== digestOf(upload.content)) return complaint(400, 'DIGEST_INVALID');
  return blobStored(upload.repository, state.addBlob(upload.repository, upload.content));
}

function blobStored(name: string, digest: string): RegistryAnswer {
  return {
    status: 201,
    headers: { location: `/v2/${name}/blobs/${digest}`, 'docker-content-digest': digest },
  };
}

function uploadIs(
  status: number,
  id: string,
  upload: Upload,
  { smallestChunk }: UploadRules,
): RegistryAnswer {
  return {
    status,
    headers: {
      location: `/v2/${upload.repository}/blobs/uploads/${id}?_state=${upload.state}`,
      range: `0-${Math.max(0, upload.content.length - 1)}`,
      ...(smallestChunk === 0 ? {} : { 'oci-chunk-min-length': String(smallestChunk) }),
    },
  };
}
