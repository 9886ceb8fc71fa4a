import { describe, expect, it } from 'vitest';
import { insertRow } from '../servers/balena/write-rows.ts';
import { APPLICATION, draftRequest, KEY_VARIABLE, setBalenaStage } from './balena-stage.ts';
import { dockerArchive } from './docker-archive.ts';

const failureOf = (call: Promise<unknown>) =>
  call.then(
    () => {
      throw new Error('it was allowed');
    },
    (error: unknown) => error as Error & { readonly hint: string },
  );

describe('the key of a balena API', () => {
  it.each([undefined, '', '  '])('is asked for by the name of its variable when it is %j', async (key) => {
    const { osrel, server } = await setBalenaStage();
    const error = await failureOf(osrel({ readToken: () => key }).hostappReleases.list(APPLICATION));
    expect(error).toMatchObject({ kind: 'permission', code: 'balena.key-missing' });
    expect(error.message).toContain(KEY_VARIABLE);
    expect(server.requests).toEqual([]);
  });

  it.each(['key\nwith a line end', 'schlüssel'])(
    'is refused before it is sent when it is %j',
    async (key) => {
      const { osrel, server } = await setBalenaStage();
      const error = await failureOf(osrel({ readToken: () => key }).hostappApplications.find(APPLICATION));
      expect(error).toMatchObject({ kind: 'permission', code: 'balena.key-malformed' });
      expect(`${error.message} ${error.hint}`).not.toContain(key);
      expect(server.requests).toEqual([]);
    },
  );

  it('is checked before anything is read, because a wrong one reads public data as nobody', async () => {
    const { osrel, server } = await setBalenaStage();
    const world = osrel({ readToken: () => 'bogus-key-98765' });
    for (const call of [
      () => world.hostappApplications.find(APPLICATION),
      () => world.hostappReleases.list(APPLICATION),
      () => world.releaseAssets.list(1),
      () => world.hostappReleases.createDraft(draftRequest()),
    ]) {
      const error = await failureOf(call());
      expect(error).toMatchObject({ kind: 'permission', code: 'balena.key-rejected', retryable: false });
      expect(error.message).toContain(KEY_VARIABLE);
      expect(`${error.message} ${error.hint} ${JSON.stringify(error)}`).not.toContain('bogus-key');
    }
    expect(new Set(server.requests.map(({ path }) => path))).toEqual(new Set(['/actor/v1/whoami']));
  });

  it('is read at the last moment, so that a new one counts at once', async () => {
    const { osrel, server } = await setBalenaStage();
    let key: string | undefined;
    const { hostappReleases } = osrel({ readToken: () => key });
    await failureOf(hostappReleases.list(APPLICATION));
    key = server.token;
    expect(await hostappReleases.list(APPLICATION)).toEqual([]);
  });

  it('that may only read is told with the permission it lacks and the account it belongs to', async () => {
    const { osrel, server, rows } = await setBalenaStage();
    server.world.accounts.set('read-only-key', { id: 3, username: 'reader', grants: 'read' });
    const { hostappReleases, hostappApplications } = osrel({ readToken: () => 'read-only-key' });
    expect(await hostappReleases.list(APPLICATION)).toEqual([]);
    const draft = await failureOf(hostappReleases.createDraft(draftRequest()));
    expect(draft).toMatchObject({
      kind: 'permission',
      code: 'balena.not-allowed',
      message: expect.stringMatching(/BALENA_API_KEY \(account reader\) may not POST \/v7\/release /),
      hint: expect.stringContaining('release records'),
    });
    const tag = hostappApplications.writeTag(APPLICATION, { key: 'next', value: 'x', expected: null });
    expect(await failureOf(tag)).toMatchObject({ hint: expect.stringContaining('tags of the application') });
    expect(rows('release')).toEqual([]);
  });

  it.each([401, 403])('that loses its rights meanwhile ends the work: %i', async (status) => {
    const { osrel, server } = await setBalenaStage();
    server.fail({ method: 'POST', path: /release$/, fault: { kind: 'status', status } });
    const error = await failureOf(osrel().hostappReleases.createDraft(draftRequest()));
    expect(error).toMatchObject({ kind: 'permission', code: 'balena.not-allowed', retryable: false });
  });

  it('that may not push gets a token without the right to, and is told so before any byte', async () => {
    const { osrel, server, registry, applicationId } = await setBalenaStage();
    const composition = {
      services: { hostapp: {} },
      'x-osrel': { mark: 'm', version: '6.5.1', source: 's', archives: {} },
    };
    const release = insertRow(server.world, 'release', {
      belongs_to__application: applicationId,
      commit: 'c'.repeat(32),
      status: 'running',
      semver: '6.5.1',
      is_final: false,
      composition,
    });
    const { archive, archiveSha256 } = await dockerArchive({ layers: [[]] });
    const access = [{ type: 'repository', name: 'v2/x', actions: ['pull'] }];
    const payload = Buffer.from(JSON.stringify({ access })).toString('base64url');
    server.fail({
      path: /auth\/v1\/token/,
      fault: { kind: 'status', status: 200, body: { token: `e30.${payload}.x` } },
    });
    const push = { releaseId: release.id, service: 'hostapp', archive, archiveSha256, labels: {} };
    const error = await failureOf(osrel().hostappReleases.pushImage(push));
    expect(error).toMatchObject({ kind: 'permission', code: 'balena.push-refused' });
    expect(error.message).toContain(KEY_VARIABLE);
    expect(registry.arrived).toEqual([]);
  });

  it('never goes to the token server that a registry names', async () => {
    const { osrel, server, registry } = await setBalenaStage();
    const { hostappReleases } = osrel();
    const draft = await hostappReleases.createDraft(draftRequest());
    const { archive, archiveSha256 } = await dockerArchive({ layers: [[]] });
    await hostappReleases.pushImage({
      releaseId: draft.id,
      service: 'hostapp',
      archive,
      archiveSha256,
      labels: {},
    });
    const [arrived] = registry.arrived;
    expect(arrived?.token.split('.')).toHaveLength(3);
    expect(arrived?.token).not.toContain(server.token);
    expect(server.requests.filter(({ path }) => path.startsWith('/auth/v1/token'))).toHaveLength(1);
  });
});
