import { readFile } from 'node:fs/promises';
import { expect, it, onTestFinished } from 'vitest';
import { assetStorageOf } from '../servers/balena/asset-routes.ts';
import { addApplication } from '../servers/balena/seed-world.ts';
import { type BalenaApiServer, startBalenaApi } from '../servers/balena/start-balena-api.ts';
import { insertRow } from '../servers/balena/write-rows.ts';
import { bytesOf } from './balena-asset-stage.ts';

interface Exchange {
  readonly request: { readonly method: string; readonly path: string; readonly body: unknown };
  readonly response: { readonly status: number; readonly body: unknown };
}

interface Form {
  readonly multipart: {
    readonly asset: { readonly filename: string; readonly type: string; readonly text: string };
    readonly asset_key?: string;
    readonly release?: number;
  };
}

const RECORDED_SMALL_ROW = 9;

it('the balena double answers every recorded request about assets as the recorded server did', async () => {
  const server = await startBalenaApi();
  // Recorded with the token of a session.
  assetStorageOf(server.world).formFiles = 'kept';
  onTestFinished(() => server.close());
  const application = addApplication(server.world, { slug: 'admin/raspberrypi4-64' });
  for (let number = 1; number <= 3; number += 1)
    insertRow(server.world, 'release', { belongs_to__application: application, semver: `7.4.${number}` });
  const uploads = new Map<string, Upload>();
  let answered = 0;
  for (const exchange of await readExchanges()) {
    seedBefore(server, exchange, answered);
    const body = await bodyOf(exchange, uploads);
    const response = await fetch(server.url + exchange.request.path, {
      method: exchange.request.method,
      headers: { authorization: `Bearer ${server.token}` },
      ...(body === undefined ? {} : { body }),
    });
    const text = await response.text();
    const found: unknown = text === '' ? null : JSON.parse(text);
    const what = `${exchange.request.method} ${exchange.request.path}`;
    expect(response.status, what).toBe(exchange.response.status);
    expect(settled(found), what).toEqual(settled(exchange.response.body));
    rememberUpload(uploads, { recorded: exchange.response.body, own: found });
    answered += 1;
  }
  expect(answered).toBe(18);
});

async function readExchanges(): Promise<readonly Exchange[]> {
  const text = await readFile(new URL('../servers/balena/recorded-exchanges.jsonl', import.meta.url), 'utf8');
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Exchange)
    .filter(({ request }) => request.path.startsWith('/v7/release_asset'));
}

/** What was there without being recorded: a row whose content failed, and ids that other rows used up. */
function seedBefore({ world }: BalenaApiServer, { request }: Exchange, answered: number): void {
  if (answered === 1) {
    insertRow(world, 'release_asset', { release: 1, asset_key: 'VERSION_HOSTOS' });
    world.nextId('release_asset');
  }
  const isFirstForm =
    request.method === 'POST' && isForm(request.body) && world.rows('release_asset').length === 2;
  while (isFirstForm && world.nextId('release_asset') < RECORDED_SMALL_ROW - 1);
}

interface Upload {
  readonly uuid: string;
  readonly urls: readonly string[];
}

interface BegunBody {
  readonly asset?: { readonly uuid?: string; readonly uploadParts?: readonly { readonly url: string }[] };
}

function rememberUpload(uploads: Map<string, Upload>, answer: { recorded: unknown; own: unknown }): void {
  const recorded = (answer.recorded as BegunBody | null)?.asset?.uuid;
  const { uuid, uploadParts = [] } = (answer.own as BegunBody | null)?.asset ?? {};
  if (recorded !== undefined && uuid !== undefined)
    uploads.set(recorded, { uuid, urls: uploadParts.map(({ url }) => url) });
}

/** The recorded body; the parts of an upload, which were not recorded, are sent before they are committed. */
async function bodyOf(
  { request }: Exchange,
  uploads: Map<string, Upload>,
): Promise<string | FormData | undefined> {
  const { body } = request;
  if (body === null) return undefined;
  if (isForm(body)) return formOf(body);
  const upload = uploads.get(String((body as { readonly uuid?: unknown }).uuid));
  if (upload === undefined) return JSON.stringify(body);
  if (!request.path.endsWith('/commitUpload')) return JSON.stringify({ uuid: upload.uuid });
  const Parts = await Promise.all(
    upload.urls.map(async (url, index) => {
      const part = await fetch(url, { method: 'PUT', body: new Uint8Array(bytesOf(6_291_456)) });
      return { PartNumber: index + 1, ETag: part.headers.get('etag') };
    }),
  );
  return JSON.stringify({ uuid: upload.uuid, providerCommitData: { Parts } });
}

function isForm(body: unknown): body is Form {
  return typeof body === 'object' && body !== null && 'multipart' in body;
}

function formOf({ multipart: { asset, asset_key, release } }: Form): FormData {
  const form = new FormData();
  form.set('asset', new File([asset.text], asset.filename, { type: asset.type }));
  if (asset_key !== undefined) form.set('asset_key', asset_key);
  if (release !== undefined) form.set('release', String(release));
  return form;
}

/** Without what differs from one run of a server to the next. */
function settled(value: unknown): unknown {
  const text = JSON.stringify(value)
    .replace(/"https?:[^"]*"/g, '"<url>"')
    .replace(/"[0-9a-f-]{36}"/g, '"<uuid>"')
    .replace(/"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z"/g, '"<time>"');
  return JSON.parse(text);
}
