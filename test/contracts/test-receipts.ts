import { makeReceiptKey, sealReceipt, type TestReceipts } from '@osrel/core';
import { describe, expect, it } from 'vitest';
import type { ReceiptSigning } from '../../packages/adapters/src/receipt-signing.ts';
import { sampleReceipt } from '../../packages/core/src/model/test-sample-receipt.ts';
import { signingBy } from '../builders/signing.ts';

/** One place for the receipts of raspberrypi5 6.5.1, used by machines with keys of their own. */
export interface ReceiptPlace {
  readonly open: (signing: ReceiptSigning) => TestReceipts;
  /** Names of what lies there. */
  readonly names: () => Promise<readonly string[]>;
  readonly read: (name: string) => Promise<string>;
  /** Writes or overwrites, as somebody who is not osrel. */
  readonly write: (name: string, text: string) => Promise<unknown>;
}

const QUESTION = { slug: 'raspberrypi5', version: '6.5.1' };
const NONE = { receipts: [], rejected: [] };

/** What every keeper of test receipts promises (ports/test-receipts.ts). */
export function describeTestReceipts(name: string, makePlace: () => Promise<ReceiptPlace>): void {
  describe(`test receipts in ${name}`, () => {
    const key = makeReceiptKey();
    const other = makeReceiptKey();

    async function start() {
      const place = await makePlace();
      const receipts = place.open(signingBy(key));
      return { place, receipts, list: () => receipts.list(QUESTION) };
    }

    it('are listed newest first, for the version that was asked for', async () => {
      const { receipts, list } = await start();
      const later = sampleReceipt({ verdict: 'failed', finishedAt: '2026-11-21T05:00:00.000Z' });
      const elsewhere = [sampleReceipt({ version: '6.5.1+rev1' }), sampleReceipt({ slug: 'raspberrypi5-x' })];
      expect(await list()).toEqual(NONE);
      for (const one of [sampleReceipt(), later, ...elsewhere]) await receipts.record(one);
      expect(await list()).toEqual({ receipts: [later, sampleReceipt()], rejected: [] });
      expect(await receipts.list({ ...QUESTION, version: '6.5.1+rev1' })).toMatchObject({
        receipts: [elsewhere[0]],
      });
    });

    it('count once when they are recorded twice', async () => {
      const { place, receipts, list } = await start();
      await receipts.record(sampleReceipt());
      await receipts.record(sampleReceipt());
      expect(await list()).toEqual({ receipts: [sampleReceipt()], rejected: [] });
      expect(await place.names()).toEqual([expect.stringMatching(/^os-[0-9a-f]{16}\.json$/)]);
    });

    it('are kept as they were signed: nobody without the key can make one', async () => {
      const { place, receipts } = await start();
      await receipts.record(sampleReceipt());
      const [file = ''] = await place.names();
      expect(await place.read(file)).toBe(sealReceipt(sampleReceipt(), key));
    });

    it('of another machine count where its key is trusted', async () => {
      const { place, receipts, list } = await start();
      const theirs = place.open(signingBy(other));
      await theirs.record(sampleReceipt());
      const rejected = [
        {
          name: expect.stringMatching(/^os-/),
          entry: 'os',
          defect: 'untrusted-key',
          because: expect.stringContaining(other.keyId),
        },
      ];
      expect(await list()).toEqual({ receipts: [], rejected });
      const trusting = place.open(signingBy(key, [other]));
      expect(await trusting.list(QUESTION)).toEqual({ receipts: [sampleReceipt()], rejected: [] });
      // The same receipt by another key is another piece of evidence.
      await receipts.record(sampleReceipt());
      expect(await list()).toEqual({ receipts: [sampleReceipt()], rejected });
    });

    it('do not count when they were altered, forged, cut, moved or never signed', async () => {
      const { place, receipts, list } = await start();
      await receipts.record(sampleReceipt());
      const [file = ''] = await place.names();
      const text = await place.read(file);
      const envelope = JSON.parse(text);
      const better = Buffer.from(envelope.payload, 'base64').toString().replaceAll('3 passed', '9 passed');
      await place.write('altered.json', JSON.stringify({ ...envelope, payload: btoa(better) }));
      await place.write('forged.json', sealReceipt(sampleReceipt({ counts: sampleCounts(9) }), other));
      await place.write('cut-0123456789abcdef.json', text.slice(0, 100));
      await place.write('moved.json', sealReceipt(sampleReceipt({ version: '6.5.0' }), key));
      await place.write('old.json', JSON.stringify({ schemaVersion: 1, suite: 'smoke', verdict: 'passed' }));
      await place.write('empty', '');
      const found = await list();
      expect(found.receipts).toEqual([sampleReceipt()]);
      const byName = Object.fromEntries(found.rejected.map(({ name: of, ...rest }) => [of, rest]));
      expect(byName).toEqual({
        'altered.json': { entry: 'os', defect: 'altered', because: expect.stringContaining('altered') },
        'forged.json': {
          entry: 'os',
          defect: 'untrusted-key',
          because: expect.stringContaining('signed by'),
        },
        'cut-0123456789abcdef.json': { entry: 'cut', defect: 'malformed', because: 'it is no JSON' },
        'moved.json': {
          entry: 'os',
          defect: 'malformed',
          because: 'it is about raspberrypi5 6.5.0 and lies in the wrong place',
        },
        'old.json': { entry: 'smoke', defect: 'unsigned', because: expect.stringContaining('earlier osrel') },
        empty: { entry: null, defect: 'malformed', because: 'it is no JSON' },
      });
    });

    it('are not taken for recorded when something else lies under their name', async () => {
      const { place, receipts } = await start();
      await receipts.record(sampleReceipt());
      const [file = ''] = await place.names();
      await place.write(file, '{}');
      await expect(receipts.record(sampleReceipt())).rejects.toMatchObject({
        code: 'receipt.displaced',
        exitCode: 8,
        message: expect.stringContaining(file),
      });
    });
  });
}

function sampleCounts(passed: number) {
  return { passed, failed: 0, skipped: 0, waived: 0 };
}
