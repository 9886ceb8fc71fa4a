import { appendFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readWorld } from '../pipeline/read-world.ts';
import { documentOf, osrel } from './osrel-process.ts';
import { readTree } from './read-tree.ts';
import { makeTinyCheckout, WITH_SMOKE } from './tiny-checkout.ts';

describe('a plain device repository', () => {
  it('is planned and previewed without a trace on disk', async () => {
    const checkout = await makeTinyCheckout();
    const before = await readTree(checkout.path);
    for (const words of [['plan'], ['plan', '--json'], ['build', '--dry-run'], ['release', '--dry-run']]) {
      const { exitCode, stderr } = await osrel(checkout.path, words);
      expect(exitCode, stderr).toBe(0);
    }
    expect(await readTree(checkout.path)).toEqual(before);
    expect(checkout.git('status', '--porcelain')).toBe('');
  });

  it('is built into a deploy folder that verify accepts until a byte of it changes', async () => {
    const checkout = await makeTinyCheckout();
    const built = await osrel(checkout.path, ['build', '--json']);
    expect(built.exitCode, built.stderr).toBe(0);
    expect(documentOf(built).steps.map((step: { id: string }) => step.id)).toEqual([
      'check-source',
      'write-device-type',
      'build-hostapp',
      'prepare-image',
      'stage-files',
    ]);
    expect(checkout.git('status', '--porcelain')).toBe('');
    expect(await readdir(join(checkout.path, '.osrel'))).not.toContain('world');
    const folder = 'deploy/tiny/6.5.1';
    expect((await osrel(checkout.path, ['verify', folder])).exitCode).toBe(0);

    await appendFile(join(checkout.path, folder, 'compressed/part-1.deflate'), 'x');
    const defective = await osrel(checkout.path, ['verify', folder, '--json']);
    expect(defective.exitCode).toBe(8);
    expect(documentOf(defective).error).toMatchObject({
      exitCode: 8,
      details: { problems: [{ at: 'compressed/part-1.deflate' }] },
    });
  });

  it('stays a draft without tests, and says which command would change that', async () => {
    const checkout = await makeTinyCheckout();
    const released = await osrel(checkout.path, ['release']);
    expect(released.exitCode, released.stderr).toBe(0);
    expect(released.stdout).toContain('os: no run was found');
    expect(documentOf(await osrel(checkout.path, ['status', '--json'])).lines[0].versions).toMatchObject([
      { version: '6.5.1', release: 'draft', isLatest: false },
    ]);
    const why = await osrel(checkout.path, ['why', '6.5.1']);
    expect(why.stdout).toContain('osrel finalize --force-finalize --reason TEXT');
  });
});

describe('a release with its own tests', () => {
  it('becomes final once, is audited as sound, and a second one writes nothing', async () => {
    const checkout = await makeTinyCheckout({ osrelYml: WITH_SMOKE });
    checkout.git('tag', 'v6.5.1');
    const first = documentOf(await osrel(checkout.path, ['release', '--json']));
    expect(Object.keys(first)).toEqual(
      expect.arrayContaining(['schemaVersion', 'runId', 'planId', 'outcome', 'steps', 'decisions']),
    );
    expect(first).toMatchObject({ schemaVersion: 1, outcome: 'done' });
    expect(first.resume).toBeUndefined();
    for (const step of first.steps) {
      expect(step).toMatchObject({ outcome: 'done', durationMs: expect.any(Number) });
      expect(Object.keys(step)).toEqual(expect.arrayContaining(['id', 'kind', 'stage', 'receipt']));
    }
    const world = await readWorld(checkout.path);
    const tree = await readTree(join(checkout.path, '.osrel/world'));

    const second = await osrel(checkout.path, ['release']);
    expect(second.exitCode, second.stderr).toBe(0);
    expect(second.stdout).toContain('nothing to do');
    expect(await readWorld(checkout.path)).toEqual(world);
    expect(await readTree(join(checkout.path, '.osrel/world'))).toEqual(tree);

    const audit = await osrel(checkout.path, ['status', '--audit', '--json']);
    expect(audit.exitCode, audit.stdout + audit.stderr).toBe(0);
    const published =
      Object.keys(world).find((path) => /world\/.*\/tiny\/6\.5\.1\/VERSION$/.test(path)) ?? '';
    const store = join(checkout.path, published, '..');
    expect((await osrel(checkout.path, ['verify', store])).exitCode).toBe(0);
    await appendFile(join(checkout.path, published), '\n');
    expect((await osrel(checkout.path, ['verify', store])).exitCode).toBe(8);
    expect((await osrel(checkout.path, ['esr', 'status', '--json'])).exitCode).toBe(0);
  });
});
