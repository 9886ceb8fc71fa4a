import { describe, expect, it } from 'vitest';
import { addApplication, addDeviceType } from '../servers/balena/seed-world.ts';
import { changeRow } from '../servers/balena/write-rows.ts';
import { APPLICATION, setBalenaStage } from './balena-stage.ts';

describe('applications of a balena API', () => {
  const wish = { slug: 'admin/other', deviceType: 'raspberrypi4-64', tags: { 'release-policy': 'esr' } };

  it('that cannot take a release are refused with everything that is wrong (W33)', async () => {
    const { osrel, server } = await setBalenaStage();
    addApplication(server.world, {
      slug: 'admin/other',
      deviceType: 'generic-amd64',
      isHost: false,
      isPublic: false,
      class: 'fleet',
    });
    await expect(osrel().hostappApplications.ensure(wish)).rejects.toMatchObject({
      kind: 'refused',
      code: 'application.unfit',
      problems: [
        { message: expect.stringContaining('bootable') },
        { message: expect.stringContaining('class is fleet') },
        { message: expect.stringContaining('not public') },
        { message: expect.stringContaining('generic-amd64, not raspberrypi4-64') },
        { message: expect.stringContaining('release-policy is absent, not "esr"') },
      ],
    });
  });

  it('fit by an alias of their device type', async () => {
    const { osrel, server } = await setBalenaStage();
    addDeviceType(server.world, { slug: 'intel-nuc', aliases: ['nuc'] });
    addApplication(server.world, { slug: 'admin/other', deviceType: 'intel-nuc' });
    const found = await osrel().hostappApplications.ensure({ ...wish, deviceType: 'nuc', tags: {} });
    expect(found.deviceType).toMatchObject({ slug: 'intel-nuc' });
  });

  it.each([
    [true, true, 'private'],
    [true, false, 'public'],
    [false, true, null],
  ] as const)('tell of privacy what the server knows: %j %j', async (knowsPrivacy, isPrivate, privacy) => {
    const { osrel, server } = await setBalenaStage({ knowsPrivacy });
    addDeviceType(server.world, { slug: 'secret-board', aliases: ['board'], isPrivate });
    addApplication(server.world, { slug: 'admin/other', deviceType: 'secret-board', isPublic: !isPrivate });
    const { hostappApplications } = osrel();
    expect((await hostappApplications.find('admin/other'))?.deviceType).toEqual({
      slug: 'secret-board',
      privacy,
    });
    for (const world of [hostappApplications, osrel().hostappApplications])
      expect(await world.findDeviceTypePrivacy('board')).toBe(privacy ?? 'public');
    expect(await hostappApplications.findDeviceTypePrivacy('no-such-board')).toBeUndefined();
  });

  it('get no tag that the server refuses', async () => {
    const { osrel, server } = await setBalenaStage();
    for (const key of ['a b', 'io.balena.x', 'k'.repeat(101)]) {
      const write = osrel().hostappApplications.writeTag(APPLICATION, { key, value: 'x', expected: null });
      await expect(write).rejects.toMatchObject({ code: 'application.tag-rejected' });
    }
    expect(server.requests).toEqual([]);
  });

  it('keep a tag that somebody moved between our look and our write', async () => {
    const { osrel, server, rows } = await setBalenaStage();
    const { hostappApplications } = osrel();
    await hostappApplications.writeTag(APPLICATION, { key: 'next', value: 'known', expected: null });
    server.onRequest(({ method }) => {
      const row = rows('application_tag')[0];
      if (method === 'PATCH' && row !== undefined)
        changeRow(server.world, 'application_tag', { row, values: { value: 'theirs' } });
    });
    const ours = hostappApplications.writeTag(APPLICATION, { key: 'next', value: 'ours', expected: 'known' });
    await expect(ours).rejects.toMatchObject({
      code: 'application.tag-moved',
      details: { found: 'theirs', expected: 'known' },
    });
    expect(rows('application_tag')).toMatchObject([{ value: 'theirs' }]);
  });

  it('give a tag to one of two osrels that move it at the same time (W21)', async () => {
    const { osrel } = await setBalenaStage();
    const move = (value: string, expected: string | null) =>
      osrel().hostappApplications.writeTag(APPLICATION, { key: 'next', value, expected });
    for (const expected of [null, 'known']) {
      if (expected !== null)
        await move(expected, (await osrel().hostappApplications.find(APPLICATION))?.tags.next ?? null);
      const ended = await Promise.allSettled([move('2026.7.x', expected), move('2026.10.x', expected)]);
      const won = ended.flatMap((each, index) =>
        each.status === 'fulfilled' ? [['2026.7.x', '2026.10.x'][index]] : [],
      );
      expect(won).toHaveLength(1);
      expect(ended.find(({ status }) => status === 'rejected')).toMatchObject({
        reason: { code: 'application.tag-moved' },
      });
      expect((await osrel().hostappApplications.find(APPLICATION))?.tags.next).toBe(won[0]);
    }
  });
});
