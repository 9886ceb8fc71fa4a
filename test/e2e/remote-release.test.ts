import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isWrite, type RemoteServers, startRemoteServers } from '../remote/remote-servers.ts';
import { addApplication } from '../servers/balena/seed-world.ts';
import { documentOf, osrel, startOsrel } from './osrel-process.ts';
import { seededRandom } from './seeded-random.ts';
import { checkoutAt, makeFolder, makeTinyCheckout, type TinyCheckout, WITH_SMOKE } from './tiny-checkout.ts';

const SEED = Number(process.env.E2E_SEED ?? Date.now() % 1_000_000);
const MACHINE = 'raspberrypi4-64';

let servers: RemoteServers;
beforeAll(async () => {
  servers = await startRemoteServers([]);
  addApplication(servers.balena.world, { slug: `admin/${MACHINE}` });
  addApplication(servers.balena.world, { slug: `admin/${MACHINE}-esr`, tags: { 'release-policy': 'esr' } });
});
afterAll(() => servers.close());

function configOf({ balena, registry, s3 }: RemoteServers): string {
  return `${WITH_SMOKE}environment: test
environments:
  test:
    balena: { host: balena.test, organization: admin, api: "${balena.url}", registry: "${registry.url}" }
    store: { bucket: ${s3.bucket}, region: us-east-1, endpoint: "${s3.endpoint}" }
    secrets: { balenaApiKey: { env: TEST_BALENA_KEY } }
`;
}

function variables(): Record<string, string> {
  const { accessKeyId, secretAccessKey } = servers.s3.credentials;
  return {
    TEST_BALENA_KEY: servers.balena.token,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
  };
}

const run = (checkout: TinyCheckout, words: readonly string[]) =>
  osrel(checkout.path, words, { env: variables() });

async function makeReleasable(version: string, branch = 'main'): Promise<TinyCheckout> {
  const checkout = await makeTinyCheckout({
    version,
    branch,
    machines: [MACHINE],
    osrelYml: configOf(servers),
  });
  checkout.git('tag', `v${version}`);
  return checkout;
}

/** Another machine: the same commit, nothing of what was built or begun. */
async function cloneOf(checkout: TinyCheckout): Promise<TinyCheckout> {
  const path = join(await makeFolder(), 'device');
  checkout.git('clone', '-q', checkout.path, path);
  return checkoutAt(path);
}

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

/** What is published of a version, by name and digest, and what is built. */
async function publishedOf(version: string, folder = 'images') {
  const { world } = servers.balena;
  const releases = world.rows('release').filter((row) => row.semver === version);
  const prefix = `${folder}/${MACHINE}/${version}/`;
  const objects = Object.fromEntries(
    [...servers.s3.world.objects]
      .filter(([key]) => key.startsWith(prefix))
      .map(([key, { bytes }]) => [key.slice(prefix.length), sha256(bytes)]),
  );
  const assets = Object.fromEntries(
    await Promise.all(
      world
        .rows('release_asset')
        .filter((row) => releases.some(({ id }) => id === row.release))
        .map(async (row) => {
          const { href } = row.asset as { readonly href: string };
          const bytes = new Uint8Array(await (await fetch(href)).arrayBuffer());
          return [String(row.asset_key), sha256(bytes)] as const;
        }),
    ),
  );
  const manifest = servers.s3.world.objects.get(`${prefix}release-manifest.json`)?.bytes.toString() ?? '';
  return { releases, objects, assets, manifest };
}

async function expectWhole(version: string, folder = 'images'): Promise<void> {
  const { releases, objects, assets, manifest } = await publishedOf(version, folder);
  expect(releases).toHaveLength(1);
  expect(releases[0]).toMatchObject({ is_final: true, status: 'success', is_invalidated: false });
  expect(Object.keys(objects)).not.toContain('IGNORE');
  expect(objects).toHaveProperty(['release-manifest.json']);
  expect(assets).toMatchObject(objects);
  const built: { readonly files: readonly { readonly name: string; readonly digest: string }[] } =
    JSON.parse(manifest);
  const digests = new Map(built.files.map((file) => [file.name, file.digest]));
  for (const [name, digest] of Object.entries(objects))
    if (digests.has(name)) expect(`sha256:${digest}`, name).toBe(digests.get(name));
}

const writes = (from: number) => servers.requests.slice(from).filter(isWrite);

describe('a release to real services', { timeout: 240_000 }, () => {
  it('publishes what was built, byte for byte, and a second one writes nothing and asks little', async () => {
    const checkout = await makeReleasable('6.5.1');
    const released = await run(checkout, ['release']);
    expect(released.exitCode, released.stderr).toBe(0);
    await expectWhole('6.5.1');
    const staged = await readFile(join(checkout.path, `deploy/${MACHINE}/6.5.1/release-manifest.json`));
    expect((await publishedOf('6.5.1')).objects['release-manifest.json']).toBe(sha256(staged));
    const from = servers.requests.length;
    const again = await run(checkout, ['release']);
    expect(again.exitCode, again.stderr).toBe(0);
    expect(again.stdout).toContain('nothing to do');
    expect(writes(from)).toEqual([]);
    for (const target of ['balena', 's3'] as const) {
      const asked = servers.requests.slice(from).filter((request) => request.target === target);
      expect(asked.map(({ method, path }) => `${method} ${path}`).slice(3)).toEqual([]);
    }

    const elsewhere = await cloneOf(checkout);
    const third = await run(elsewhere, ['release']);
    expect(third.exitCode, third.stderr).toBe(0);
    expect(writes(from)).toEqual([]);
  });

  it('goes on from wherever it was killed, here or on another machine', async () => {
    const random = seededRandom(SEED);
    for (let round = 0; round < 4; round += 1) {
      const version = `7.${round}.0`;
      let checkout = await makeReleasable(version);
      const places: number[] = [];
      for (let kills = 0; kills < 2; kills += 1) {
        // Somewhere among the requests of a release, counted as the servers see them.
        const at = 1 + Math.floor(random() * 90);
        places.push(at);
        const from = servers.requests.length;
        const running = startOsrel(checkout.path, ['release'], { env: variables() });
        let isAlive = true;
        servers.onRequest(() => {
          if (isAlive && servers.requests.length - from >= at) running.killGroup('SIGKILL');
        });
        await running.ended;
        isAlive = false;
        if (random() < 0.5) checkout = await cloneOf(checkout);
      }
      const where = `seed ${SEED}, round ${round}, killed at requests ${places.join(' and ')}`;
      const released = await run(checkout, ['release']);
      expect(released.exitCode, `${where}\n${released.stdout}${released.stderr}`).toBe(0);
      await expectWhole(version);
      const audit = documentOf(await run(checkout, ['status', '--json']));
      expect(audit.lines[0].latest, where).toBe(version);
    }
  });

  it('rotates the ESR tags after three releases of a fleet, each once', async () => {
    for (const version of ['2026.1.0', '2026.4.0', '2026.7.0']) {
      const checkout = await makeReleasable(version, version.replace(/0$/, 'x'));
      const released = await run(checkout, ['release', '--esr']);
      expect(released.exitCode, released.stderr).toBe(0);
      await expectWhole(version, 'esr-images');
      const from = servers.requests.length;
      expect((await run(checkout, ['release', '--esr'])).exitCode).toBe(0);
      expect(writes(from)).toEqual([]);
      if (version !== '2026.7.0') continue;
      expect(documentOf(await run(checkout, ['esr', 'status', '--json']))).toMatchObject({
        next: '2026.7.x',
        current: '2026.4.x',
        sunset: '2026.1.x',
      });
      const withdrawn = await run(checkout, ['withdraw', version, '--reason', 'x', '--confirm', version]);
      expect(withdrawn.exitCode, withdrawn.stderr).toBe(0);
      expect(documentOf(await run(checkout, ['esr', 'status', '--json']))).toMatchObject({
        next: '2026.4.x',
        current: '2026.1.x',
        sunset: null,
      });
      expect(documentOf(await run(checkout, ['status', '--json'])).lines[1].latest).toBe('2026.4.0');
    }
  });

  it('is found fit by the doctor, or told what is missing', async () => {
    const checkout = await makeReleasable('8.1.0');
    const services = async (env: Record<string, string>) => {
      const { findings } = documentOf(await osrel(checkout.path, ['doctor', '--json'], { env }));
      return findings.filter(({ name }: { name: string }) => /^(application|object store)/.test(name));
    };
    expect(await services(variables())).toMatchObject([
      { name: `application admin/${MACHINE}`, state: 'ok' },
      { name: 'object store', state: 'ok' },
    ]);
    const { TEST_BALENA_KEY: _, AWS_SECRET_ACCESS_KEY: __, ...others } = variables();
    expect(await services({ ...others, AWS_SECRET_ACCESS_KEY: 'wrong' })).toMatchObject([
      { state: 'missing', found: expect.stringContaining('TEST_BALENA_KEY') },
      { state: 'missing', mend: expect.stringMatching(/./) },
    ]);
  });

  it('says which credential is missing, before anything is built', async () => {
    const checkout = await makeReleasable('8.0.0');
    const { TEST_BALENA_KEY: _, ...others } = variables();
    const refused = await osrel(checkout.path, ['release'], { env: others });
    expect(refused.exitCode).toBe(9);
    expect(refused.stderr).toContain('TEST_BALENA_KEY');
    const wrong = await osrel(checkout.path, ['release'], {
      env: { ...variables(), TEST_BALENA_KEY: 'not-a-key-at-all' },
    });
    expect(wrong.exitCode).toBe(9);
    expect(wrong.stderr).not.toContain('not-a-key-at-all');
  });
});
