import { describe, expect, it } from 'vitest';
import { insertRow } from '../servers/balena/write-rows.ts';
import { APPLICATION, type BalenaStage, copyRequest, draftRequest, setBalenaStage } from './balena-stage.ts';

const foreign = (stage: BalenaStage, change: object = {}) =>
  insertRow(stage.server.world, 'release', {
    belongs_to__application: stage.applicationId,
    commit: 'f'.repeat(32),
    status: 'success',
    semver: '6.5.1+rev2',
    is_final: false,
    composition: { services: { hostapp: {} } },
    ...change,
  }).id;

describe('releases of a balena API', () => {
  it('carry their mark in the composition, made together with the draft', async () => {
    const { osrel, rows } = await setBalenaStage();
    const draft = await osrel().hostappReleases.createDraft(draftRequest({ archives: { hostapp: 'ab' } }));
    expect(rows('release')).toHaveLength(1);
    expect(rows('release')[0]).toMatchObject({
      commit: draft.commit,
      source: 'local',
      semver: '6.5.1',
      is_final: false,
      status: 'running',
      composition: {
        version: '2.4',
        services: { hostapp: {} },
        'x-osrel': {
          mark: 'mark-1',
          version: '6.5.1',
          source: 'a'.repeat(40),
          archives: { hostapp: 'ab' },
        },
      },
    });
    expect(rows('release_tag')).toEqual([]);
  });

  it('are continued, not made again, by the next run of the same release (W20)', async () => {
    const { osrel, rows } = await setBalenaStage();
    const made = await osrel().hostappReleases.createDraft(draftRequest());
    expect(await osrel().hostappReleases.createDraft(draftRequest())).toEqual(made);
    await osrel().hostappReleases.update(made.id, { status: 'success' });
    await osrel().hostappReleases.finalize(made.id);
    expect(await osrel().hostappReleases.createDraft(draftRequest())).toMatchObject({
      id: made.id,
      isFinal: true,
    });
    expect(rows('release')).toHaveLength(1);
  });

  it('are made anew after the first one was withdrawn, with a commit of their own', async () => {
    const { osrel } = await setBalenaStage();
    const { hostappReleases } = osrel();
    const first = await hostappReleases.createDraft(draftRequest());
    await hostappReleases.invalidate(first.id, 'wrong key');
    const second = await hostappReleases.createDraft(draftRequest());
    expect(second.id).not.toBe(first.id);
    expect(second.commit).not.toBe(first.commit);
  });

  it('are one when several osrels make them at the same time (W20, W21)', async () => {
    const { osrel, rows } = await setBalenaStage();
    const drafts = await Promise.all(
      [1, 2, 3, 4].map(() => osrel().hostappReleases.createDraft(draftRequest())),
    );
    expect(new Set(drafts.map(({ id }) => id)).size).toBe(1);
    expect(rows('release').map(({ id }) => id)).toEqual([drafts[0]?.id]);
  });

  it('are one also when a twin appears between the look and the making', async () => {
    const stage = await setBalenaStage();
    const rival = stage.osrel();
    const { hostappReleases } = stage.osrel();
    let theirs: Promise<unknown> | undefined;
    stage.server.onRequest(({ method, path }) => {
      if (method === 'POST' && path === '/v7/release' && theirs === undefined)
        theirs = rival.hostappReleases.createDraft(draftRequest());
    });
    const ours = await hostappReleases.createDraft(draftRequest());
    expect(await theirs).toMatchObject({ id: ours.id });
    expect(stage.rows('release')).toHaveLength(1);
  });

  it('that are twins are taken out of the way also where nothing may be deleted', async () => {
    const stage = await setBalenaStage();
    stage.server.fail({
      method: 'DELETE',
      times: Number.POSITIVE_INFINITY,
      fault: { kind: 'status', status: 401 },
    });
    const drafts = await Promise.all(
      [1, 2].map(() => stage.osrel().hostappReleases.createDraft(draftRequest())),
    );
    expect(drafts[0]?.id).toBe(drafts[1]?.id);
    expect(stage.rows('release').map(({ is_invalidated, status }) => [is_invalidated, status])).toEqual([
      [false, 'running'],
      [true, 'failed'],
    ]);
  });

  it('of somebody else are shown with the version of their raw version and no mark', async () => {
    const stage = await setBalenaStage();
    foreign(stage);
    foreign(stage, { semver: '6.5.0', is_final: true });
    foreign(stage, { semver: '2026.7.0', composition: 'no JSON at all', status: 'interrupted' });
    foreign(stage, { semver: '6.6.0', composition: { 'x-osrel': { mark: 7 } }, status: 'cancelled' });
    const found = await stage.osrel().hostappReleases.list(APPLICATION);
    expect(
      found.map(({ version, isFinal, revision, mark, sourceSha, status }) => ({
        version,
        isFinal,
        revision,
        mark,
        sourceSha,
        status,
      })),
    ).toEqual([
      {
        version: '6.5.1+rev2',
        isFinal: false,
        revision: null,
        mark: null,
        sourceSha: null,
        status: 'success',
      },
      { version: '6.5.0', isFinal: true, revision: 0, mark: null, sourceSha: null, status: 'success' },
      { version: '2026.7.0', isFinal: false, revision: null, mark: null, sourceSha: null, status: 'failed' },
      { version: '6.6.0', isFinal: false, revision: null, mark: null, sourceSha: null, status: 'failed' },
    ]);
  });

  it('of somebody else get no image', async () => {
    const stage = await setBalenaStage();
    const releaseId = foreign(stage);
    const copy = stage.osrel().hostappReleases.copyImage({ ...copyRequest(releaseId), service: 'hostapp' });
    await expect(copy).rejects.toMatchObject({ kind: 'conflict', code: 'release.foreign' });
    expect(stage.rows('image')).toEqual([]);
  });

  it.each([
    ['6.5', 'version.malformed'],
    ['2026.13.0', 'version.malformed'],
    ['not a version', 'version.malformed'],
  ])('are not asked for with the version %s, which the server refuses', async (version, code) => {
    const { osrel, server } = await setBalenaStage();
    const draft = osrel().hostappReleases.createDraft(draftRequest({ version }));
    await expect(draft).rejects.toMatchObject({ kind: 'usage', code });
    expect(server.requests.some(({ method }) => method === 'POST')).toBe(false);
  });

  it('of an ESR are plain semver without padding', async () => {
    const { osrel, rows } = await setBalenaStage();
    const draft = await osrel().hostappReleases.createDraft(draftRequest({ version: '2026.07.0' }));
    expect(rows('release')[0]).toMatchObject({ semver: '2026.7.0' });
    expect(draft).toMatchObject({ version: '2026.07.0', rawVersion: expect.stringMatching(/^2026\.7\.0-/) });
  });

  it('are never withdrawn without their reason, wherever that is cut', async () => {
    const stage = await setBalenaStage();
    const { hostappReleases } = stage.osrel();
    const { id } = await hostappReleases.createDraft(draftRequest());
    for (const path of [/v7\/release_tag/, /v7\/release\(/]) {
      stage.server.fail({ path, fault: { kind: 'status', status: 403 } });
      await expect(hostappReleases.invalidate(id, 'loses the network')).rejects.toMatchObject({
        kind: 'permission',
      });
      expect(await hostappReleases.find(id)).toMatchObject({ isInvalidated: false });
    }
    await hostappReleases.invalidate(id, 'loses the network');
    expect(await hostappReleases.find(id)).toMatchObject({
      isInvalidated: true,
      tags: { 'osrel-withdrawn': 'loses the network' },
    });
  });

  it('say which revision the server expects when theirs has a hole below it', async () => {
    const stage = await setBalenaStage();
    foreign(stage, { semver: '6.5.1', is_final: true });
    const { hostappReleases } = stage.osrel();
    const { id } = await hostappReleases.createDraft(draftRequest({ version: '6.5.1+rev3' }));
    await hostappReleases.update(id, { status: 'success' });
    await expect(hostappReleases.finalize(id)).rejects.toMatchObject({
      kind: 'conflict',
      code: 'release.revision',
      details: { expected: 1, version: '6.5.1+rev3' },
    });
  });

  it('that do not exist are told, where the server answers 200 to their change (W40)', async () => {
    const { hostappReleases } = (await setBalenaStage()).osrel();
    for (const call of [
      hostappReleases.update(99_999_999, { status: 'success' }),
      hostappReleases.finalize(99_999_999),
      hostappReleases.invalidate(99_999_999, 'x'),
      hostappReleases.copyImage(copyRequest(99_999_999)),
    ])
      await expect(call).rejects.toMatchObject({ kind: 'upstream', code: 'release.missing' });
  });

  it('of an application that does not exist are not made', async () => {
    const { hostappReleases } = (await setBalenaStage()).osrel();
    const draft = hostappReleases.createDraft(draftRequest({ application: 'admin/nope' }));
    await expect(draft).rejects.toMatchObject({ kind: 'upstream', code: 'application.unknown' });
  });

  it.each([
    ['', 'x'],
    ['a b', 'x'],
    ['io.balena.x', 'x'],
    ['k'.repeat(165), 'x'],
    ['k', 'x'.repeat(1001)],
  ])('get no tag that the server refuses: %j', async (key, value) => {
    const { osrel, server } = await setBalenaStage();
    const update = osrel().hostappReleases.update(1, { tags: { [key]: value } });
    await expect(update).rejects.toMatchObject({ kind: 'usage', code: 'release.tag-rejected' });
    expect(server.requests).toEqual([]);
  });
});
