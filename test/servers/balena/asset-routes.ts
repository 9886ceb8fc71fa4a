import { type ApiAnswer, type ApiRequest, jsonOf, type Route } from './api-route.ts';
import { type AssetStorage, createAssetStorage } from './asset-storage.ts';
import type { BalenaWorld, Row } from './balena-world.ts';

const LONGEST_TEXT = 255;
const USUAL_PART_BYTES = 10 * 1024 * 1024;
/** Somewhere between this, which it takes, and ten times as much, with which it breaks. */
const MOST_PART_BYTES = 500_000_000;

const storages = new WeakMap<BalenaWorld, AssetStorage>();

/** The store behind the assets of a world. */
export function assetStorageOf(world: BalenaWorld): AssetStorage {
  const storage = storages.get(world) ?? createAssetStorage();
  storages.set(world, storage);
  return storage;
}

/**
 * Writing release assets, and the storage behind their presigned URLs; rows are read like those of any
 * resource.
 */
export function assetRoutes(world: BalenaWorld): Route {
  const storage = assetStorageOf(world);
  const uploads = new Map<string, PendingUpload>();
  return async (request) => {
    const stored = await storage.route(request);
    if (stored !== undefined) return stored;
    const match = /^\/v7\/release_asset(?:\((\d+)\))?(?:\/(beginUpload|commitUpload|cancelUpload))?$/.exec(
      request.path,
    );
    if (match === null || !['POST', 'PATCH'].includes(request.method)) return undefined;
    if (request.account?.grants !== 'write') return { status: 401 };
    if (match[1] === undefined) return request.method === 'POST' ? createRow(world, request) : undefined;
    const row = world.rows('release_asset').find(({ id }) => id === Number(match[1]));
    if (row === undefined) return { status: request.method === 'PATCH' ? 200 : 401 };
    if (request.method === 'PATCH') return replaceContent(world, row, request);
    if (match[2] === 'beginUpload') return beginUpload(storage, uploads, { row, request });
    const upload = uploads.get(String(jsonOf(request).uuid));
    if (upload === undefined || upload.rowId !== row.id) return { status: 401 };
    const answer =
      match[2] === 'commitUpload'
        ? commitUpload(world, upload, { row, request })
        : cancelUpload(storage, upload);
    // A commit that failed leaves the upload as it was.
    if (answer.status < 300) uploads.delete(upload.uuid);
    return answer;
  };
}

interface PendingUpload {
  readonly uuid: string;
  readonly rowId: number;
  readonly filename: string;
  readonly contentType: string;
}

interface RowRequest {
  readonly row: Row;
  readonly request: ApiRequest;
}

interface Wish {
  readonly release: number;
  readonly key: string;
  readonly content: File | undefined;
}

async function createRow(world: BalenaWorld, request: ApiRequest): Promise<ApiAnswer> {
  const wish = isForm(request) ? await readForm(request) : readJson(request);
  if (wish.key === '') return { status: 400, body: 'It is necessary that each asset key has a length' };
  if (wish.key.length > LONGEST_TEXT) return { status: 400 };
  if (!world.rows('release').some(({ id }) => id === wish.release)) return { status: 401 };
  const id = world.nextId('release_asset');
  const isTaken = world
    .rows('release_asset')
    .some((row) => row.release === wish.release && row.asset_key === wish.key);
  if (isTaken) return { status: 409, body: '"release" and "asset_key" must be unique.' };
  const unfit = refuseName(wish.content?.name);
  if (unfit !== undefined) return unfit;
  const at = new Date(world.now()).toISOString();
  const dropped = wish.content === undefined || assetStorageOf(world).formFiles === 'dropped';
  const asset = dropped ? null : await storeFile(world, wish.content, request);
  const row: Row = {
    created_at: at,
    modified_at: at,
    release: wish.release,
    asset_key: wish.key,
    id,
    asset,
  };
  world.insert('release_asset', row);
  return { status: 201, body: { ...row, release: { __id: wish.release } } };
}

async function replaceContent(world: BalenaWorld, row: Row, request: ApiRequest): Promise<ApiAnswer> {
  const { content } = isForm(request) ? await readForm(request) : readJson(request);
  if (content === undefined) return { status: 200 };
  if (assetStorageOf(world).formFiles === 'dropped') return { status: 400, body: 'No fields to update' };
  const unfit = refuseName(content.name);
  if (unfit !== undefined) return unfit;
  world.replace('release_asset', { ...row, asset: await storeFile(world, content, request) });
  return { status: 200 };
}

function beginUpload(
  storage: AssetStorage,
  uploads: Map<string, PendingUpload>,
  { row, request }: RowRequest,
): ApiAnswer {
  const wish = jsonOf(request).asset as Record<string, unknown>;
  const size = Number(wish.size);
  const chunk = Number(wish.chunk_size ?? USUAL_PART_BYTES);
  if (chunk < storage.leastPartBytes) return { status: 400, body: 'Chunk size is too small' };
  const unfit = refuseName(String(wish.filename));
  if (unfit !== undefined) return unfit;
  if (chunk > MOST_PART_BYTES) return { status: 500 };
  const partBytes = Array.from({ length: Math.ceil(size / chunk) }, (_, index) =>
    Math.min(chunk, size - index * chunk),
  );
  const uuid = storage.beginUpload(partBytes);
  uploads.set(uuid, {
    uuid,
    rowId: row.id,
    filename: String(wish.filename),
    contentType: String(wish.content_type),
  });
  const uploadParts = partBytes.map((chunkSize, index) => ({
    chunkSize,
    partNumber: index + 1,
    url: storage.partUrl(uuid, { number: index + 1, origin: originOf(request) }),
  }));
  return { status: 200, body: { asset: { uuid, uploadParts } } };
}

function commitUpload(world: BalenaWorld, upload: PendingUpload, { row, request }: RowRequest): ApiAnswer {
  const storage = assetStorageOf(world);
  const data = jsonOf(request).providerCommitData as {
    readonly Parts: readonly { readonly PartNumber: number; readonly ETag: string }[];
  };
  const etags = data.Parts.map(({ PartNumber, ETag }) => ({ number: PartNumber, etag: ETag }));
  const stored = storage.commit(upload.uuid, etags);
  if (stored === undefined) return { status: 500 };
  const asset = {
    filename: upload.filename,
    href: storage.hrefOf(stored.object, originOf(request)),
    content_type: upload.contentType,
    size: stored.sizeBytes,
  };
  world.replace('release_asset', { ...row, asset });
  return { status: 200, body: asset };
}

function cancelUpload(storage: AssetStorage, { uuid }: PendingUpload): ApiAnswer {
  storage.cancel(uuid);
  return { status: 204 };
}

async function storeFile(world: BalenaWorld, content: File, request: ApiRequest) {
  const storage = assetStorageOf(world);
  const object = storage.put(Buffer.from(await content.arrayBuffer()));
  return {
    filename: content.name,
    href: storage.hrefOf(object, originOf(request)),
    content_type: content.type,
    size: content.size,
  };
}

function isForm({ headers }: ApiRequest): boolean {
  return headers['content-type']?.startsWith('multipart/form-data') === true;
}

async function readForm({ headers, body }: ApiRequest): Promise<Wish> {
  const type = headers['content-type'] ?? '';
  const form = await new Response(new Uint8Array(body), { headers: { 'content-type': type } }).formData();
  const content = form.get('asset');
  return {
    release: Number(form.get('release')),
    key: String(form.get('asset_key') ?? ''),
    content: content instanceof File ? content : undefined,
  };
}

function readJson(request: ApiRequest): Wish {
  const { release, asset_key: key } = jsonOf(request);
  return { release: Number(release), key: String(key ?? ''), content: undefined };
}

/** The name goes into a header of the store as it is: what no header can hold breaks the server. */
function refuseName(name: string | undefined): ApiAnswer | undefined {
  if (name === undefined) return undefined;
  if (!/^[ -~]*$/.test(name)) return { status: 500 };
  return name.length > LONGEST_TEXT
    ? { status: 400, body: 'value too long for type character varying(255)' }
    : undefined;
}

function originOf({ headers }: ApiRequest): string {
  return `http://${headers.host}`;
}
