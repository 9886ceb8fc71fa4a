import { describe, expect, it, onTestFinished } from 'vitest';
import { addApplication } from '../servers/balena/seed-world.ts';
import { startBalenaApi } from '../servers/balena/start-balena-api.ts';
import { insertRow } from '../servers/balena/write-rows.ts';

interface Sent {
  readonly method?: string;
  readonly path: string;
  readonly body?: unknown;
}

async function start() {
  const server = await startBalenaApi();
  onTestFinished(() => server.close());
  const application = addApplication(server.world, { slug: 'admin/pi' });
  const release = insertRow(server.world, 'release', {
    belongs_to__application: application,
    semver: '6.5.1',
    status: 'running',
    is_final: false,
  }).id;
  const asset = insertRow(server.world, 'release_asset', { release, asset_key: 'a' }).id;
  const send = async ({ method = 'GET', path, body }: Sent) => {
    const response = await fetch(server.url + path, {
      method,
      headers: { authorization: `Bearer ${server.token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    return { status: response.status, text: await response.text() };
  };
  return { server, application, release, asset, send };
}

const begin = (change: Readonly<Record<string, unknown>>): Sent => ({
  method: 'POST',
  path: '/v7/release_asset(1)/beginUpload',
  body: { asset: { filename: 'a', content_type: 'text/plain', size: 6, chunk_size: 6_291_456, ...change } },
});

const post = (resource: string, body: Readonly<Record<string, unknown>>): Sent => ({
  method: 'POST',
  path: `/v7/${resource}`,
  body,
});

// Each was sent to open-balena-api 49.0.12 too, which answers so.
describe('the balena double answers as the open server', () => {
  it.each<[string, Sent, number, string]>([
    ['a list of names that is encoded', { path: '/v7/release?$select=id%2Ccommit' }, 400, 'Malformed url'],
    ['a space between names', { path: '/v7/release?$select=id,%20commit' }, 400, 'Malformed url'],
    ['encoded parentheses', { path: "/v7/release?$filter=%28commit%20eq%20'x'%29" }, 400, 'Malformed url'],
    ['a filter that does not end', { path: '/v7/release?$filter=((' }, 400, 'Malformed url'],
    ['an option that it does not know', { path: '/v7/release?$bogus=1' }, 400, 'Malformed url'],
    ['an encoded dollar', { path: '/v7/release?%24select=id' }, 200, '"id"'],
    ['a value with every sign', { path: "/v7/release?$filter=commit%20eq%20'(a%2C%3B'" }, 200, '"d":[]'],
    ['a number of more than 32 bits', { path: '/v7/release?$filter=id%20eq%2020000000000' }, 500, ''],
    ['a resource that it does not have', { path: '/v7/nonsense' }, 401, ''],
    ['the other name of a resource', { path: '/v7/release_image' }, 200, '"d":[]'],
    ['a body that is no JSON', { method: 'POST', path: '/v7/release', body: '{' }, 400, '<!DOCTYPE html>'],
    [
      'a status that there is not',
      post('release', { belongs_to__application: 1, semver: '1.0.0', status: 'nonsense' }),
      400,
      'Check constraint violated',
    ],
    ['a tag without value', post('release_tag', { release: 1, tag_key: 'a', value: null }), 400, ''],
    ['a tag key of 256', post('release_tag', { release: 1, tag_key: 'k'.repeat(256), value: '' }), 400, ''],
    ['an asset key of 256', post('release_asset', { release: 1, asset_key: 'k'.repeat(256) }), 400, ''],
    ['a file name beyond ASCII', begin({ filename: 'é.txt' }), 500, ''],
    ['a file name with a line end', begin({ filename: 'a\nb' }), 500, ''],
    ['parts that are too large', begin({ size: 6e12, chunk_size: 5e9 }), 500, ''],
    ['an upload without size of parts', begin({ chunk_size: undefined }), 200, '"chunkSize":6,'],
  ])('to %s', async (_, sent, status, text) => {
    const { send } = await start();
    const answer = await send(sent);
    expect(answer.status).toBe(status);
    expect(answer.text).toContain(text);
    if (text === '') expect(answer.text).toBe('');
  });

  it('to a commit with a wrong ETag, after which the upload goes on', async () => {
    const { send } = await start();
    const { asset } = JSON.parse((await send(begin({}))).text);
    const part = await fetch(asset.uploadParts[0].url, { method: 'PUT', body: 'abcdef' });
    const commit = (ETag: string | null) =>
      send({
        method: 'POST',
        path: '/v7/release_asset(1)/commitUpload',
        body: { uuid: asset.uuid, providerCommitData: { Parts: [{ PartNumber: 1, ETag }] } },
      });
    expect(await commit('"0000"')).toEqual({ status: 500, text: '' });
    expect((await commit(part.headers.get('etag'))).status).toBe(200);
    expect((await commit(part.headers.get('etag'))).status).toBe(401);
  });

  it('with the size of an image as text', async () => {
    const { server, application, send } = await start();
    const service = insertRow(server.world, 'service', { application, service_name: 'hostapp' });
    const image = post('image', { is_a_build_of__service: service.id, status: 'running', image_size: 12e9 });
    expect((await send(image)).text).toContain('"image_size":"12000000000"');
  });
});
