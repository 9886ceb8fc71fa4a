import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeReceiptKey, openEnvelope, parseReceiptKey, sealReceipt, type TestReceipt } from '@osrel/core';
import { beforeEach, describe, expect, it } from 'vitest';
import { expectRefusal } from './expect-refusal.ts';
import { documentOf, osrel } from './osrel-process.ts';
import { makeFolder, makeTinyCheckout, type TinyCheckout, WITH_SMOKE } from './tiny-checkout.ts';

/** A draft whose bytes were tested; nothing but the receipt says so. */
let checkout: TinyCheckout;
let folder = '';
beforeEach(async () => {
  checkout = await makeTinyCheckout({ osrelYml: WITH_SMOKE });
  folder = join(checkout.path, '.osrel/world/receipts/tiny/6.5.1');
  for (const stage of ['build', 'test', 'deploy']) {
    const spoken = await osrel(checkout.path, [stage]);
    expect(spoken.exitCode, spoken.stderr).toBe(0);
  }
});

async function receiptFile(): Promise<string> {
  const names = await readdir(folder);
  expect(names).toEqual([expect.stringMatching(/^smoke-[0-9a-f]{16}\.json$/)]);
  return join(folder, names[0] ?? '');
}

async function worldKey() {
  const key = parseReceiptKey(await readFile(join(checkout.path, '.osrel/world/receipt-key.pem'), 'utf8'));
  if (key === undefined) throw new Error('the world has no key');
  return key;
}

/** Replaces the receipt by one that says something else. */
async function replaceReceipt(change: Partial<TestReceipt>, key = makeReceiptKey()): Promise<void> {
  const file = await receiptFile();
  const opened = openEnvelope(await readFile(file, 'utf8'), [(await worldKey()).publicKey]);
  if (opened.kind !== 'receipt') throw new Error(opened.because);
  await writeFile(file, sealReceipt({ ...opened.receipt, ...change }, key));
}

/** By another configuration, which does not make the tree a changed one. */
async function finalizeWith(osrelYml: string) {
  const file = join(await makeFolder(), 'osrel.yml');
  await writeFile(file, osrelYml);
  return osrel(checkout.path, ['finalize', '--config', file, '--json']);
}

/** `osrel finalize` says no, and leaves the draft as it is. */
async function expectDraft(exitCode: number, code: string, ...names: readonly string[]): Promise<void> {
  await expectRefusal(checkout.path, {
    words: ['finalize'],
    exitCode,
    code,
    names,
    hint: '--force-finalize',
    mayChange: ['.osrel/runs'],
  });
}

describe('a draft whose tests are proven by a signed receipt', () => {
  it('becomes final, and the receipt can be checked by others with the public key alone', async () => {
    const file = await receiptFile();
    const { publicKey, keyId } = await worldKey();
    const verified = await osrel('/tmp', ['receipts', 'verify', file, '--key', publicKey, '--json']);
    expect(verified.exitCode, verified.stderr).toBe(0);
    expect(documentOf(verified).files).toMatchObject([
      { kind: 'receipt', signedBy: [keyId], receipt: { entry: 'smoke', verdict: 'passed' } },
    ]);
    const listed = documentOf(await osrel(checkout.path, ['receipts', 'list', '--json']));
    expect(listed.devices).toMatchObject([
      { slug: 'tiny', version: '6.5.1', receipts: [{ entry: 'smoke' }], rejected: [] },
    ]);
    expect((await osrel(checkout.path, ['finalize'])).exitCode).toBe(0);
  });

  it('stays a draft when the receipt was altered', async () => {
    const file = await receiptFile();
    const envelope = JSON.parse(await readFile(file, 'utf8'));
    const statement = Buffer.from(envelope.payload, 'base64').toString();
    const payload = Buffer.from(statement.replace('"failed":0', '"failed":1')).toString('base64');
    await writeFile(file, JSON.stringify({ ...envelope, payload }));
    await expectDraft(4, 'evidence.forged', 'smoke', 'altered');
    const listed = await osrel(checkout.path, ['receipts', 'list']);
    expect(listed.stdout).toContain('does not count');
  });

  it('stays a draft when somebody else signed the receipt, until they are trusted', async () => {
    const stranger = makeReceiptKey();
    await replaceReceipt({ because: 'trust me' }, stranger);
    await expectDraft(4, 'evidence.untrusted', stranger.keyId);
    const trusting = `${WITH_SMOKE}  trusted-keys: ['${stranger.publicKey}']\n`;
    const finalized = await finalizeWith(trusting);
    expect(finalized.exitCode, finalized.stderr).toBe(0);
  });

  it('stays a draft when the receipt is about other bytes', async () => {
    await replaceReceipt({ manifestSha256: '2'.repeat(64) }, await worldKey());
    await expectDraft(4, 'evidence.other-bytes', '222222222');
  });

  it('stays a draft when the receipt was cut', async () => {
    const file = await receiptFile();
    await writeFile(file, (await readFile(file, 'utf8')).slice(0, 200));
    await expectDraft(3, 'evidence.missing', 'JSON');
  });

  it('stays a draft when the receipt is too old or counts too few tests', async () => {
    await replaceReceipt({ finishedAt: '2020-01-01T00:00:00.000Z' }, await worldKey());
    const stale = documentOf(await finalizeWith(`${WITH_SMOKE}  max-age-days: 30\n`));
    expect(stale.error).toMatchObject({ code: 'evidence.stale', exitCode: 4 });
    const few = documentOf(await finalizeWith(`${WITH_SMOKE}  minimum: { smoke: 5 }\n`));
    expect(few.error).toMatchObject({ code: 'evidence.too-few', exitCode: 4 });
  });
});
