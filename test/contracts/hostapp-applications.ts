import { randomUUID } from 'node:crypto';
import type { HostappApplications } from '@osrel/core';
import { describe, expect, it } from 'vitest';

export interface ApplicationsUnderTest {
  readonly applications: HostappApplications;
  /** An organization in which the test may make or find applications. */
  readonly organization: string;
}

/** What a backend's applications must do where `ensure` may make them. */
export function describeHostappApplications(name: string, make: () => Promise<ApplicationsUnderTest>): void {
  const start = async () => {
    const { applications, organization } = await make();
    return { applications, slug: `${organization}/contract-${randomUUID().slice(0, 8)}` };
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

    it('makes a missing application with its tags, as a host application', async () => {
      const { applications, slug } = await start();
      expect(applications.createsMissing).toBe(true);
      const made = await applications.ensure(wish(slug, { 'release-policy': 'esr' }));
      expect(made).toMatchObject({ slug, isHost: true, tags: { 'release-policy': 'esr' } });
      expect(await applications.find(slug)).toEqual(made);
    });

    it('leaves an existing application as it is and adds only missing tags', async () => {
      const { applications, slug } = await start();
      await applications.ensure(wish(slug));
      await applications.writeTag(slug, { key: 'next', value: '2026.7.x', expected: null });
      await applications.ensure(wish(slug, { 'release-policy': 'esr' }));
      expect((await applications.find(slug))?.tags).toEqual({ next: '2026.7.x', 'release-policy': 'esr' });
    });

    it('writes a tag only when it still has the expected value', async () => {
      const { applications, slug } = await start();
      await applications.ensure(wish(slug));
      await applications.writeTag(slug, { key: 'current', value: '2026.4.x', expected: null });
      await applications.writeTag(slug, { key: 'current', value: '2026.7.x', expected: '2026.4.x' });
      const stale = applications.writeTag(slug, { key: 'current', value: '2026.10.x', expected: '2026.4.x' });
      await expect(stale).rejects.toMatchObject({ kind: 'conflict', code: 'application.tag-moved' });
      const absent = applications.writeTag(slug, { key: 'current', value: '2026.10.x', expected: null });
      await expect(absent).rejects.toMatchObject({ code: 'application.tag-moved' });
      expect((await applications.find(slug))?.tags).toEqual({ current: '2026.7.x' });
    });

    it('loses no tag when several are written at once', async () => {
      const { applications, slug } = await start();
      await applications.ensure(wish(slug));
      const keys = ['next', 'current', 'sunset', 'release-policy'];
      await Promise.all(
        keys.map((key) => applications.writeTag(slug, { key, value: `of ${key}`, expected: null })),
      );
      expect(Object.keys((await applications.find(slug))?.tags ?? {}).sort()).toEqual(keys.toSorted());
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
