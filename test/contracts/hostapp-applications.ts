import { randomUUID } from 'node:crypto';
import type { ApplicationWish, HostappApplications } from '@osrel/core';
import { describe, expect, it } from 'vitest';

export interface ApplicationsUnderTest {
  readonly applications: HostappApplications;
  /** An organization in which the test may make or find applications. */
  readonly organization: string;
  /** Makes an application as its operator does, for a backend whose `ensure` makes none. */
  readonly makeApplication?: (wish: ApplicationWish) => Promise<unknown>;
}

/** What a backend's applications must do, whether or not `ensure` may make them. */
export function describeHostappApplications(name: string, make: () => Promise<ApplicationsUnderTest>): void {
  const start = async () => {
    const { applications, organization, makeApplication } = await make();
    const slug = `${organization}/contract-${randomUUID().slice(0, 8)}`;
    const given = (tags: Record<string, string> = {}) =>
      (makeApplication ?? applications.ensure)(wish(slug, tags));
    return { applications, slug, given };
  };
  const wish = (slug: string, tags: Record<string, string> = {}) => ({
    slug,
    deviceType: 'raspberrypi4-64',
    tags,
  });

  describe(`${name} as hostapp applications`, () => {
    it('answers undefined for an application that was never used', async () => {
      const { applications, slug } = await start();
      expect(await applications.find(slug)).toBeUndefined();
    });

    it('makes a missing application with its tags, as a host application, or says what one needs', async () => {
      const { applications, slug } = await start();
      const ensured = applications.ensure(wish(slug, { 'release-policy': 'esr' }));
      if (!applications.createsMissing) {
        await expect(ensured).rejects.toMatchObject({
          code: 'application.unknown',
          hint: expect.stringMatching(/public.*is_host.*raspberrypi4-64.*release-policy=esr/),
        });
        return;
      }
      const made = await ensured;
      expect(made).toMatchObject({ slug, isHost: true, tags: { 'release-policy': 'esr' } });
      expect(await applications.find(slug)).toEqual(made);
    });

    it('accepts an application that has what is wished for', async () => {
      const { applications, slug, given } = await start();
      await given({ 'release-policy': 'esr' });
      const found = await applications.ensure(wish(slug, { 'release-policy': 'esr' }));
      expect(found).toMatchObject({ slug, isHost: true, deviceType: { slug: 'raspberrypi4-64' } });
      expect(await applications.find(slug)).toEqual(found);
    });

    it('leaves an existing application as it is: adds only missing tags, or refuses it for them', async () => {
      const { applications, slug, given } = await start();
      await given();
      await applications.writeTag(slug, { key: 'next', value: '2026.7.x', expected: null });
      const ensured = applications.ensure(wish(slug, { 'release-policy': 'esr' }));
      if (applications.createsMissing) await ensured;
      else await expect(ensured).rejects.toMatchObject({ kind: 'refused', code: 'application.unfit' });
      expect((await applications.find(slug))?.tags).toEqual({
        next: '2026.7.x',
        ...(applications.createsMissing ? { 'release-policy': 'esr' } : {}),
      });
    });

    it('writes a tag only when it still has the expected value', async () => {
      const { applications, slug, given } = await start();
      await given();
      await applications.writeTag(slug, { key: 'current', value: '2026.4.x', expected: null });
      await applications.writeTag(slug, { key: 'current', value: '2026.7.x', expected: '2026.4.x' });
      const stale = applications.writeTag(slug, { key: 'current', value: '2026.10.x', expected: '2026.4.x' });
      await expect(stale).rejects.toMatchObject({ kind: 'conflict', code: 'application.tag-moved' });
      const absent = applications.writeTag(slug, { key: 'current', value: '2026.10.x', expected: null });
      await expect(absent).rejects.toMatchObject({ code: 'application.tag-moved' });
      expect((await applications.find(slug))?.tags).toEqual({ current: '2026.7.x' });
    });

    it('loses no tag when several are written at once', async () => {
      const { applications, slug, given } = await start();
      await given();
      const keys = ['next', 'current', 'sunset', 'release-policy'];
      await Promise.all(
        keys.map((key) => applications.writeTag(slug, { key, value: `of ${key}`, expected: null })),
      );
      expect(Object.keys((await applications.find(slug))?.tags ?? {}).sort()).toEqual(keys.toSorted());
    });

    it('removes a tag that still has the expected value', async () => {
      const { applications, slug, given } = await start();
      await given();
      await applications.writeTag(slug, { key: 'next', value: '2026.7.x', expected: null });
      await expect(
        applications.writeTag(slug, { key: 'next', value: null, expected: '2026.4.x' }),
      ).rejects.toMatchObject({ code: 'application.tag-moved' });
      await applications.writeTag(slug, { key: 'next', value: null, expected: '2026.7.x' });
      expect((await applications.find(slug))?.tags).not.toHaveProperty('next');
      await applications.writeTag(slug, { key: 'next', value: '2026.10.x', expected: null });
      expect((await applications.find(slug))?.tags).toMatchObject({ next: '2026.10.x' });
    });

    it('refuses to tag an application that does not exist', async () => {
      const { applications, slug } = await start();
      const write = applications.writeTag(slug, { key: 'next', value: 'x', expected: null });
      await expect(write).rejects.toMatchObject({ code: 'application.unknown' });
    });

    it('answers undefined for the privacy of a device type it does not know', async () => {
      const { applications } = await start();
      expect(await applications.findDeviceTypePrivacy(`unknown-${randomUUID().slice(0, 8)}`)).toBeUndefined();
    });
  });
}
