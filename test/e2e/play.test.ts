import { cp } from 'node:fs/promises';
import { it } from 'vitest';
import { makeTinyCheckout, WITH_SMOKE } from './tiny-checkout.ts';

it('x', async () => {
  const c = await makeTinyCheckout({ osrelYml: WITH_SMOKE, machines: (process.env.M ?? 'tiny').split(',') });
  await cp(c.path, '/tmp/play/device', { recursive: true });
});
