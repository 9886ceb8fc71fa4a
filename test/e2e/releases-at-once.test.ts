import { describe, expect, it } from 'vitest';
import { documentOf, osrel, startOsrel } from './osrel-process.ts';
import { makeTinyCheckout, WITH_SMOKE } from './tiny-checkout.ts';

describe('two releases at once', () => {
  it('of one version: the second is refused with 7 and told who holds the lock since when (W21)', async () => {
    const { path, write } = await makeTinyCheckout({ osrelYml: WITH_SMOKE });
    await write({ 'build/hold': '' });
    let second: ReturnType<typeof osrel> | undefined;
    const first = startOsrel(path, ['release', '--json'], {
      onTalk: (talk) => {
        if (talk.includes('building 6.5.1'))
          second ??= osrel(path, ['release', '--json']).finally(() => write({ 'build/hold': undefined }));
      },
    });
    const ended = await first.ended;
    const refused = await second;
    if (refused === undefined) throw new Error('the second release never started');
    expect(refused.exitCode, refused.stderr).toBe(7);
    const { error } = documentOf(refused);
    expect(error).toMatchObject({
      code: 'lock.held',
      exitCode: 7,
      hint: expect.stringContaining('osrel runs'),
      details: { owner: { pid: first.pid } },
    });
    expect(error.message).toContain(String(first.pid));
    expect(error.message).toMatch(/since \d{4}-|for \d+ (s|min)/);
    expect(ended.exitCode, ended.stderr).toBe(0);
    expect(documentOf(await osrel(path, ['runs', '--json'])).runs).toHaveLength(1);
  });

  it('of one version, started together: one wins, nothing is made twice', async () => {
    const { path } = await makeTinyCheckout({ osrelYml: WITH_SMOKE });
    const spoken = await Promise.all([1, 2].map(() => osrel(path, ['release', '--json'])));
    const codes = spoken.map((each) => each.exitCode).sort();
    expect(codes[0], spoken.map((each) => each.stderr).join('\n')).toBe(0);
    expect([0, 7]).toContain(codes[1]);
    const { lines } = documentOf(await osrel(path, ['status', '--json']));
    expect(lines[0].versions).toMatchObject([{ release: 'final', releaseIds: [1], store: 'published' }]);
  });

  it('of two machines: both are released', async () => {
    const machines = ['alpha', 'beta'];
    const { path } = await makeTinyCheckout({ machines, osrelYml: WITH_SMOKE });
    const spoken = await Promise.all(
      machines.map((machine) => osrel(path, ['release', '--machine', machine])),
    );
    for (const { exitCode, stderr } of spoken) expect(exitCode, stderr).toBe(0);
    const { lines } = documentOf(await osrel(path, ['status', '--json']));
    const finals = lines.filter((line: { versions: readonly { release: string }[] }) =>
      line.versions.some((version) => version.release === 'final'),
    );
    expect(finals).toHaveLength(2);
  });
});
