import { chown, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { chooseBuilder } from './choose-builder.ts';

const ROOT = { uid: 0, gid: 0 };
const USER = { uid: 1000, gid: 985 };

describe('chooseBuilder', () => {
  it('builds as the caller, as the reference does', async () => {
    expect(await chooseBuilder({ root: '/', wish: null, caller: USER })).toEqual({
      builder: USER,
      note: null,
      refusal: null,
    });
  });

  it('builds as the configured user, whoever calls', async () => {
    const choice = await chooseBuilder({ root: '/', wish: USER, caller: ROOT });
    expect(choice).toMatchObject({ builder: USER, refusal: null });
    expect(choice.note).toContain('1000:985');
  });

  it('refuses root that is asked for, also when only the group is root', async () => {
    for (const wish of [ROOT, { uid: 1000, gid: 0 }, { uid: 0, gid: 1000 }]) {
      const { refusal } = await chooseBuilder({ root: '/', wish, caller: USER });
      expect(refusal).toMatchObject({ code: 'container.root-user', exitCode: 2 });
    }
  });

  it('builds as an ordinary user when root calls in a checkout of root, and says what that user needs', async () => {
    const choice = await chooseBuilder({ root: '/', wish: null, caller: ROOT });
    expect(choice).toMatchObject({ builder: { uid: 1000, gid: 1000 }, refusal: null });
    expect(choice.note).toContain('chown -R 1000:1000 .');
  });

  it.skipIf(process.getuid?.() !== 0)(
    'builds as the owner of the checkout when root calls (needs root)',
    async () => {
      const root = await mkdtemp(join(tmpdir(), 'osrel-owner-'));
      await chown(root, USER.uid, USER.gid);
      const choice = await chooseBuilder({ root, wish: null, caller: ROOT });
      await rm(root, { recursive: true });
      expect(choice).toMatchObject({ builder: USER, refusal: null });
      expect(choice.note).toContain(`the owner of ${root}`);
    },
  );
});
