import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { documentOf, osrel } from './osrel-process.ts';
import { makeTinyCheckout, type TinyCheckout, WITH_SMOKE } from './tiny-checkout.ts';

const STORE = '.osrel/world/store/objects/images/tiny';

/** Releases each version, tested and final; latest is the last one. */
async function releaseAll(versions: readonly string[]): Promise<TinyCheckout> {
  const checkout = await makeTinyCheckout({ osrelYml: WITH_SMOKE, version: versions[0] ?? '6.5.1' });
  for (const [index, version] of versions.entries()) {
    if (index > 0) await checkout.commit(`v${version}`, { VERSION: `${version}\n` });
    checkout.git('tag', `v${version}`);
    const released = await osrel(checkout.path, ['release']);
    expect(released.exitCode, released.stderr).toBe(0);
  }
  return checkout;
}

async function versionsOf(checkout: TinyCheckout): Promise<Readonly<Record<string, unknown>>> {
  const status = documentOf(await osrel(checkout.path, ['status', '--json']));
  return Object.fromEntries(
    status.lines[0].versions.map((each: { version: string }) => [each.version, each]),
  );
}

async function latestOf(checkout: TinyCheckout): Promise<string> {
  return (await readFile(join(checkout.path, STORE, 'latest'), 'utf8')).trim();
}

describe('a withdrawn version', () => {
  it('goes out of every offer, keeps its files and its reason, and never comes back', async () => {
    const checkout = await releaseAll(['6.5.1', '6.5.2']);
    const words = ['withdraw', '6.5.2', '--reason', 'loses the network'];
    const preview = await osrel(checkout.path, [...words, '--dry-run']);
    expect(preview.exitCode, preview.stderr).toBe(0);
    expect(preview.stdout).toContain('move latest from 6.5.2 back to 6.5.1');

    const unconfirmed = await osrel(checkout.path, words);
    expect(unconfirmed.exitCode).toBe(4);
    expect(unconfirmed.stderr).toContain('--confirm 6.5.2');
    const wrong = await osrel(checkout.path, [...words, '--confirm', '6.5.1']);
    expect(wrong.exitCode).toBe(4);
    expect(await latestOf(checkout)).toBe('6.5.2');

    const withdrawn = await osrel(checkout.path, [...words, '--confirm', '6.5.2', '--json']);
    expect(withdrawn.exitCode, withdrawn.stderr).toBe(0);
    expect(documentOf(withdrawn)).toMatchObject({ outcome: 'done' });
    expect(await latestOf(checkout)).toBe('6.5.1');
    const mark = await readFile(join(checkout.path, STORE, '6.5.2/WITHDRAWN'), 'utf8');
    expect(mark).toContain('loses the network');
    expect(await readdir(join(checkout.path, STORE, '6.5.2'))).toEqual(
      expect.arrayContaining(['IGNORE', 'VERSION']),
    );
    expect(await readdir(join(checkout.path, STORE, '../../ledger/images/tiny'))).toEqual(['000001.json']);

    const again = await osrel(checkout.path, ['release']);
    expect(again.exitCode).toBe(7);
    expect(again.stderr).toContain('was withdrawn: loses the network');
    const twice = await osrel(checkout.path, [...words, '--confirm', '6.5.2']);
    expect(twice.exitCode, twice.stderr).toBe(0);
    expect(await versionsOf(checkout)).toMatchObject({
      '6.5.1': { release: 'final', store: 'published', isLatest: true },
      '6.5.2': { release: 'withdrawn', store: 'withdrawn', isLatest: false },
    });
    const why = await osrel(checkout.path, ['why', '6.5.2']);
    expect(why.stdout).toContain('was withdrawn: loses the network');
  });

  it('must have been published', async () => {
    const checkout = await releaseAll(['6.5.1']);
    const unknown = await osrel(checkout.path, ['withdraw', '6.4.0', '--reason', 'x', '--confirm', '6.4.0']);
    expect(unknown.exitCode).toBe(4);
    expect(unknown.stderr).toContain('6.5.1');
    const noReason = await osrel(checkout.path, ['withdraw', '6.5.1', '--confirm', '6.5.1']);
    expect(noReason.exitCode).toBe(2);
  });
});

describe('a rollback of latest', () => {
  it('goes to the version before, stays there for that version, and gives way to a newer one', async () => {
    const checkout = await releaseAll(['6.5.1', '6.5.2']);
    const rolled = await osrel(checkout.path, [
      'rollback',
      'latest',
      '--reason',
      'slow boots',
      '--confirm',
      '6.5.1',
    ]);
    expect(rolled.exitCode, rolled.stderr).toBe(0);
    expect(await latestOf(checkout)).toBe('6.5.1');

    const again = await osrel(checkout.path, ['release']);
    expect(again.exitCode, again.stderr).toBe(0);
    expect(await latestOf(checkout)).toBe('6.5.1');

    await checkout.commit('v6.5.3', { VERSION: '6.5.3\n' });
    checkout.git('tag', 'v6.5.3');
    expect((await osrel(checkout.path, ['release'])).exitCode).toBe(0);
    expect(await latestOf(checkout)).toBe('6.5.3');
  });

  it('does not go where nothing can be offered', async () => {
    const checkout = await releaseAll(['6.5.1']);
    const nowhere = await osrel(checkout.path, ['rollback', 'latest', '--reason', 'x', '--confirm', '6.5.0']);
    expect(nowhere.exitCode).toBe(4);
    expect(nowhere.stderr).toContain('no earlier version');
    const forward = await osrel(checkout.path, [
      'rollback',
      'latest',
      '--to',
      '6.6.0',
      '--reason',
      'x',
      '--confirm',
      '6.6.0',
    ]);
    expect(forward.exitCode).toBe(4);
    expect(await latestOf(checkout)).toBe('6.5.1');
  });
});
