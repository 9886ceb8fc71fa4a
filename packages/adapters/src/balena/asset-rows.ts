import { z } from 'zod';
import { releaseMissing } from './asset-errors.ts';
import type { BalenaClient } from './balena-client.ts';
import { statusOf, unexpectedShape } from './balena-failure.ts';

/** A content that is there, whole. */
export interface AssetContent {
  /** Presigned: a secret, and good for a while only. */
  readonly href: string;
  readonly sizeBytes: number;
}

/** The row that gives a content its key; without content when an upload never finished. */
export interface AssetRow {
  readonly id: number;
  readonly key: string;
  readonly content: AssetContent | null;
}

/** A key of a release. */
export interface AssetPlace {
  readonly releaseId: number;
  readonly key: string;
}

export interface AssetSight {
  readonly row: AssetRow | undefined;
  readonly isFinal: boolean;
}

export interface BegunUpload {
  readonly uuid: string;
  /** In order, from 1. */
  readonly parts: readonly { readonly number: number; readonly sizeBytes: number; readonly url: string }[];
}

export interface UploadWish {
  readonly filename: string;
  readonly mediaType: string;
  readonly sizeBytes: number;
  readonly partBytes: number;
}

/**
 * Release assets as the API has them (balena-workflow 5.7). Each function is one request and throws what
 * `BalenaClient.request` throws.
 */
export interface AssetRows {
  list(releaseId: number): Promise<readonly AssetRow[]>;
  find(place: AssetPlace, signal?: AbortSignal): Promise<AssetRow | undefined>;
  /** The row of a key, and whether its release is final. Throws upstream `release.missing`. */
  look(place: AssetPlace, signal?: AbortSignal): Promise<AssetSight>;
  /** Makes the row, with content when one is given; `taken` when the key has a row already. */
  create(place: AssetPlace, content: File | null, signal?: AbortSignal): Promise<AssetRow | 'taken'>;
  replace(rowId: number, content: File, signal?: AbortSignal): Promise<void>;
  beginUpload(rowId: number, wish: UploadWish, signal?: AbortSignal): Promise<BegunUpload>;
  /** Makes the parts the content; `unknown` when the server knows no such upload (any more). */
  commitUpload(
    rowId: number,
    upload: { readonly uuid: string; readonly etags: readonly string[] },
    signal?: AbortSignal,
  ): Promise<AssetContent | 'unknown'>;
  cancelUpload(rowId: number, uuid: string): Promise<void>;
}

const contentSchema = z.looseObject({
  href: z.url({ protocol: /^https?$/ }),
  size: z.number().int().nonnegative(),
});
const rowSchema = z.looseObject({
  id: z.number().int(),
  asset_key: z.string(),
  asset: contentSchema.nullable(),
});
const listSchema = z.looseObject({ d: z.array(rowSchema) });
const releasesSchema = z.looseObject({
  d: z.array(z.looseObject({ is_final: z.boolean(), release_asset: z.array(rowSchema) })),
});
const uploadSchema = z.looseObject({
  asset: z.looseObject({
    uuid: z.string().min(1),
    uploadParts: z.array(
      z.looseObject({
        partNumber: z.number().int().positive(),
        chunkSize: z.number().int().positive(),
        url: z.url({ protocol: /^https?$/ }),
      }),
    ),
  }),
});

const SELECTED = '$select=id,asset_key,asset';

/** The requests of release assets over a client of the API. */
export function createAssetRows(client: Pick<BalenaClient, 'request'>): AssetRows {
  return {
    async list(releaseId) {
      const path = `/v7/release_asset?$filter=${encodeURIComponent(`release eq ${releaseId}`)}&${SELECTED}`;
      return parse(listSchema, await client.request({ method: 'GET', path }), path).d.map(rowOf);
    },
    async find({ releaseId, key }, signal) {
      const filter = encodeURIComponent(`release eq ${releaseId} and ${conditionOf(key)}`);
      const path = `/v7/release_asset?$filter=${filter}&${SELECTED}`;
      const found = parse(listSchema, await client.request({ method: 'GET', path, signal }), path);
      return rowOfKey(found.d, key);
    },
    async look({ releaseId, key }, signal) {
      const expand = `release_asset(${SELECTED};$filter=${encodeURIComponent(conditionOf(key))})`;
      const path = `/v7/release(${releaseId})?$select=id,is_final&$expand=${expand}`;
      const [release] = parse(releasesSchema, await client.request({ method: 'GET', path, signal }), path).d;
      if (release === undefined) throw releaseMissing(releaseId);
      return { row: rowOfKey(release.release_asset, key), isFinal: release.is_final };
    },
    async create({ releaseId, key }, content, signal) {
      const body =
        content === null ? { release: releaseId, asset_key: key } : formOf(content, { releaseId, key });
      const path = '/v7/release_asset';
      try {
        return rowOf(parse(rowSchema, await client.request({ method: 'POST', path, body, signal }), path));
      } catch (error) {
        if (statusOf(error) === 409) return 'taken';
        throw error;
      }
    },
    async replace(rowId, content, signal) {
      await client.request({
        method: 'PATCH',
        path: `/v7/release_asset(${rowId})`,
        body: formOf(content),
        signal,
      });
    },
    async beginUpload(rowId, { filename, mediaType, sizeBytes, partBytes }, signal) {
      const path = `/v7/release_asset(${rowId})/beginUpload`;
      const asset = { filename, content_type: mediaType, size: sizeBytes, chunk_size: partBytes };
      const answer = await client.request({ method: 'POST', path, body: { asset }, signal });
      return uploadOf(parse(uploadSchema, answer, path));
    },
    async commitUpload(rowId, { uuid, etags }, signal) {
      const path = `/v7/release_asset(${rowId})/commitUpload`;
      const Parts = etags.map((ETag, index) => ({ PartNumber: index + 1, ETag }));
      const body = { uuid, providerCommitData: { Parts } };
      try {
        return contentOf(
          parse(contentSchema, await client.request({ method: 'POST', path, body, signal }), path),
        );
      } catch (error) {
        if (statusOf(error) === 401) return 'unknown';
        throw error;
      }
    },
    async cancelUpload(rowId, uuid) {
      await client.request({
        method: 'POST',
        path: `/v7/release_asset(${rowId})/cancelUpload`,
        body: { uuid },
      });
    },
  };
}

function conditionOf(key: string): string {
  return `asset_key eq '${key.replaceAll("'", "''")}'`;
}

function rowOfKey(rows: readonly z.infer<typeof rowSchema>[], key: string): AssetRow | undefined {
  return rows.map(rowOf).find((row) => row.key === key);
}

function formOf(content: File, place?: AssetPlace): FormData {
  const form = new FormData();
  if (place !== undefined) {
    form.set('asset_key', place.key);
    form.set('release', String(place.releaseId));
  }
  form.set('asset', content);
  return form;
}

function rowOf({ id, asset_key, asset }: z.infer<typeof rowSchema>): AssetRow {
  return { id, key: asset_key, content: asset === null ? null : contentOf(asset) };
}

function contentOf({ href, size }: z.infer<typeof contentSchema>): AssetContent {
  return { href, sizeBytes: size };
}

function uploadOf({ asset }: z.infer<typeof uploadSchema>): BegunUpload {
  const parts = asset.uploadParts
    .toSorted((a, b) => a.partNumber - b.partNumber)
    .map(({ partNumber, chunkSize, url }) => ({ number: partNumber, sizeBytes: chunkSize, url }));
  return { uuid: asset.uuid, parts };
}

/** Never with the answer itself in the message: it may hold presigned addresses. */
function parse<Value>(schema: z.ZodType<Value>, answer: unknown, path: string): Value {
  const parsed = schema.safeParse(answer);
  if (parsed.success) return parsed.data;
  const at = parsed.error.issues[0]?.path.join('.') || 'all of it';
  const method = path.includes('?') ? 'GET' : 'POST';
  throw unexpectedShape({ method, path: path.split('?')[0] ?? path, host: 'the balena API' }, at);
}
