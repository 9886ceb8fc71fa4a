import { expect, it, onTestFinished } from 'vitest';
import { createImageRegistry } from '../../packages/adapters/src/registry/create-image-registry.ts';
import { startRegistry } from '../servers/registry/start-registry.ts';
import { draftRequest, setBalenaStage } from './balena-stage.ts';
import { dockerArchive } from './docker-archive.ts';
import { temporaryFolder } from './temporary-folder.ts';

it('images of balena releases go through its registry with tokens of its API, shared layers only once', async () => {
  const registry = await startRegistry({ login: { user: 'nobody', password: 'unused' } });
  onTestFinished(() => registry.close());
  const { osrel, clock, rows, server } = await setBalenaStage({
    registryHost: registry.host,
    makeRegistryToken: registry.tokens.make,
  });
  const images = createImageRegistry({ clock, cacheFolder: await temporaryFolder() });
  const { hostappReleases } = osrel({ registry: registry.url, images });
  const base = [{ name: 'base', content: 'the same in every release' }];
  const push = async (mark: string) => {
    const { id } = await hostappReleases.createDraft(draftRequest({ mark }));
    const { archive, archiveSha256 } = await dockerArchive({
      layers: [base, [{ name: 'version', content: mark }]],
    });
    return hostappReleases.pushImage({
      releaseId: id,
      service: 'hostapp',
      archive,
      archiveSha256,
      labels: {},
    });
  };
  const first = await push('one');
  const second = await push('two');
  expect(second.contentHash).not.toBe(first.contentHash);
  for (const [index, image] of [first, second].entries()) {
    const repository = String(rows('image')[index]?.is_stored_at__image_location).replace(
      `${registry.host}/`,
      '',
    );
    const scope = `repository:${repository}:pull`;
    for (const name of [image.contentHash, 'latest']) {
      const manifest = await fetch(`${registry.url}/v2/${repository}/manifests/${name}`, {
        headers: {
          authorization: `Bearer ${registry.tokens.make([scope])}`,
          accept: 'application/vnd.docker.distribution.manifest.v2+json',
        },
      });
      expect(manifest.status).toBe(200);
      expect(manifest.headers.get('docker-content-digest')).toBe(image.contentHash);
      expect(await manifest.json()).toMatchObject({ layers: [{}, {}] });
    }
  }
  const mounted = registry.requests.filter(({ path }) => path.includes('mount='));
  expect(mounted.length).toBeGreaterThan(0);
  expect(server.requests.filter(({ path }) => path.startsWith('/auth/v1/token')).length).toBeGreaterThan(1);
  expect(registry.requests.some(({ path }) => path.includes(server.token))).toBe(false);
});
