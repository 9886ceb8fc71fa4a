import { describe, expect, it } from 'vitest';
import { documentOf, osrel } from './osrel-process.ts';
import { makeTinyCheckout, type TinyCheckout, WITH_SMOKE } from './tiny-checkout.ts';

async function releaseEsr(checkout: TinyCheckout, version: string): Promise<void> {
  const branch = version.replace(/[0-9]+$/, 'x');
  checkout.git('checkout', '-q', '-B', branch);
  await checkout.commit(`v${version}`, { VERSION: `${version}\n` });
  checkout.git('tag', `v${version}`);
  const spoken = await osrel(checkout.path, ['release', '--esr']);
  expect(spoken.exitCode, spoken.stderr).toBe(0);
}

async function tagsOf(checkout: TinyCheckout): Promise<unknown> {
  const { next, current, sunset } = documentOf(await osrel(checkout.path, ['esr', 'status', '--json']));
  return { next, current, sunset };
}

describe('an ESR fleet', () => {
  it('rotates its three tags with each new line and leaves them for a patch (W8)', async () => {
    const checkout = await makeTinyCheckout({ version: '2026.1.0', osrelYml: WITH_SMOKE });
    await releaseEsr(checkout, '2026.1.0');
    expect(await tagsOf(checkout)).toEqual({ next: null, current: '2026.1.x', sunset: null });
    await releaseEsr(checkout, '2026.4.0');
    expect(await tagsOf(checkout)).toEqual({ next: '2026.4.x', current: '2026.1.x', sunset: null });
    await releaseEsr(checkout, '2026.7.0');
    const rotated = { next: '2026.7.x', current: '2026.4.x', sunset: '2026.1.x' };
    expect(await tagsOf(checkout)).toEqual(rotated);
    await releaseEsr(checkout, '2026.4.1');
    expect(await tagsOf(checkout)).toEqual(rotated);
  });
});
