import { randomUUID } from 'node:crypto';
import { createImageRegistry, createSystemClock } from '@osrel/adapters';
import type { ApplicationWish } from '@osrel/core';
import { expect, onTestFinished } from 'vitest';
import { z } from 'zod';
import { createBalenaWorld } from '../../packages/adapters/src/balena/create-balena-world.ts';
import { sha256Of, temporaryFolder } from './temporary-folder.ts';

const API = process.env.OSREL_TEST_BALENA_API;
const TOKEN = process.env.OSREL_TEST_BALENA_TOKEN;
const REGISTRY = process.env.OSREL_TEST_BALENA_REGISTRY ?? 'https://registry2.balena-cloud.com';

/** An organization of the key's account in which applications may be made. */
export const ORGANIZATION = process.env.OSREL_TEST_BALENA_ORGANIZATION ?? 'admin';

/** Whether there is a server to test on, and the key of an account that may make applications there. */
export const HAS_REAL_BALENA_API = API !== undefined && TOKEN !== undefined;

const madeSchema = z.looseObject({ id: z.number().int() });
const foundSchema = z.looseObject({ d: z.tuple([madeSchema]) });
const tokenSchema = z.looseObject({ token: z.string() });
const placesSchema = z.looseObject({
  d: z.array(
    z.looseObject({
      image: z.tuple([z.looseObject({ is_stored_at__image_location: z.string(), content_hash: z.string() })]),
    }),
  ),
});
const manifestSchema = z.looseObject({
  config: z.looseObject({ digest: z.string() }),
  layers: z.array(z.looseObject({ digest: z.string() })),
});

/** The adapter under test, with the key from the environment. */
export async function realBalenaWorld() {
  const clock = createSystemClock();
  return createBalenaWorld({
    api: API ?? '',
    registry: REGISTRY,
    readToken: () => TOKEN,
    tokenVariable: 'OSREL_TEST_BALENA_TOKEN',
    clock,
    images: createImageRegistry({ clock, cacheFolder: await temporaryFolder() }),
  });
}

/** A new hostapp application and the ports to work on it. */
export async function realApplication() {
  const application = `${ORGANIZATION}/contract-${randomUUID().slice(0, 8)}`;
  await makeRealApplication({ slug: application, deviceType: 'raspberrypi4-64', tags: {} });
  const { hostappReleases, releaseAssets } = await realBalenaWorld();
  return { releases: hostappReleases, assets: releaseAssets, application };
}

/** Makes an application as an operator does, with plain requests; it is removed when the test ends. */
export async function makeRealApplication({ slug, deviceType, tags }: ApplicationWish): Promise<void> {
  const [organization = '', name = ''] = slug.split('/');
  const { id: application } = madeSchema.parse(
    await ask('POST', '/v7/application', {
      app_name: name,
      organization: await idOf('organization', `handle eq '${organization}'`),
      is_for__device_type: await idOf('device_type', `slug eq '${deviceType}'`),
      is_host: true,
      is_public: true,
      is_of__class: 'app',
    }),
  );
  onTestFinished(() => send('DELETE', `/v7/application(${application})`).then(() => {}));
  for (const [tag_key, value] of Object.entries(tags))
    await ask('POST', '/v7/application_tag', { application, tag_key, value });
}

/** Where the images of a release are: `registry/v2/<hash>@sha256:<hex>`. */
export async function listImageReferences(releaseId: number): Promise<readonly string[]> {
  const expand = '$expand=image($select=is_stored_at__image_location,content_hash)';
  const filter = encodeURIComponent(`is_part_of__release eq ${releaseId}`);
  const { d } = placesSchema.parse(await ask('GET', `/v7/release_image?$filter=${filter}&${expand}`));
  return d.map(({ image: [image] }) => `${image.is_stored_at__image_location}@${image.content_hash}`);
}

/** Reads every image of a release as a device does: by the digest that its row names. Answers the config digests. */
export async function pullImages(releaseId: number): Promise<readonly string[]> {
  return Promise.all((await listImageReferences(releaseId)).map(pull));
}

async function pull(reference: string): Promise<string> {
  const [, host = '', repository = '', digest = ''] = /^([^/]+)\/([^@]+)@(.+)$/.exec(reference) ?? [];
  const path = `/auth/v1/token?service=${host}&scope=repository:${repository}:pull`;
  const { token } = tokenSchema.parse(await ask('GET', path));
  const get = async (kind: string, wanted: string, name = wanted) => {
    const response = await fetch(`${REGISTRY}/v2/${repository}/${kind}/${name}`, {
      headers: {
        authorization: `Bearer ${token}`,
        accept:
          'application/vnd.docker.distribution.manifest.v2+json, application/vnd.oci.image.manifest.v1+json',
      },
    });
    const bytes = Buffer.from(await response.arrayBuffer());
    expect(`sha256:${sha256Of(bytes)}`, `${kind} of ${repository}`).toBe(wanted);
    return bytes;
  };
  const manifest = manifestSchema.parse(JSON.parse((await get('manifests', digest)).toString()));
  // What "docker pull" of the bare location asks for.
  await get('manifests', digest, 'latest');
  for (const blob of [manifest.config, ...manifest.layers]) await get('blobs', blob.digest);
  return manifest.config.digest;
}

async function ask(method: string, path: string, body?: unknown): Promise<unknown> {
  return JSON.parse(await send(method, path, body));
}

async function send(method: string, path: string, body?: unknown): Promise<string> {
  const response = await fetch(API + path, {
    method,
    headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  expect(response.status, `${method} ${path}`).toBeLessThan(300);
  return response.text();
}

async function idOf(resource: string, filter: string): Promise<number> {
  const found = await ask('GET', `/v7/${resource}?$select=id&$filter=${encodeURIComponent(filter)}`);
  return foundSchema.parse(found).d[0].id;
}
