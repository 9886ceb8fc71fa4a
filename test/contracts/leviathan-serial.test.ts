import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { fetchSerial } from '../../packages/adapters/src/leviathan/fetch-serial.ts';
import { setRigStage } from './leviathan-rig-stage.ts';

it('keeps no more of a serial log than it is allowed to', async () => {
  const stage = await setRigStage();
  const { url } = await stage.rig({ serial: Buffer.alloc(300_000, 'x') });
  const path = join(stage.folder, 'serial.log');

  const log = await fetchSerial({ url, path, signal: new AbortController().signal, mostBytes: 100_000 });

  expect(log).toEqual({ sizeBytes: 100_000, cut: 'has more than 100000 bytes' });
  expect((await stat(path)).size).toBe(100_000);
});

it('ends when it is aborted, and when the rig falls silent', async () => {
  const stage = await setRigStage();
  const rig = await stage.rig({ serial: 'text' });
  const path = join(stage.folder, 'serial.log');
  rig.fail({ path: /serial/, times: 2, fault: { kind: 'silence' } });
  const stop = new AbortController();
  const aborted = fetchSerial({ url: rig.url, path, signal: stop.signal });
  await rig.until(() => rig.requests.length === 1);
  stop.abort(new Error('stop'));

  expect(await aborted).toBeUndefined();
  const { signal } = new AbortController();
  expect(await fetchSerial({ url: rig.url, path, signal, silenceMs: 50 })).toBeUndefined();
});
