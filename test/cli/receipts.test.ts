import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeReceiptKey, parseReceiptKey, renderReceiptKey, sealReceipt } from '@osrel/core';
import { describe, expect, it } from 'vitest';
import { sampleReceipt } from '../../packages/core/src/model/test-sample-receipt.ts';
import { makeFolder, runOsrel } from './run-osrel.ts';

const key = makeReceiptKey();
const OSREL_RECEIPT_KEY = renderReceiptKey(key);

async function makeFiles() {
  const cwd = await makeFolder();
  const waivers = [{ test: 'boot > quiet', tracker: 'acme#7', owner: 'ada', expires: '2026-12-31' }];
  await writeFile(join(cwd, 'good.json'), sealReceipt(sampleReceipt({ waivers }), key));
  await writeFile(join(cwd, 'foreign.json'), sealReceipt(sampleReceipt(), makeReceiptKey()));
  await writeFile(join(cwd, 'cut.json'), '{"payload": "');
  return cwd;
}

describe('osrel receipts verify', () => {
  it('says which bytes a receipt is about and who signed it', async () => {
    const cwd = await makeFiles();
    const { exitCode, stdout, stderr } = await runOsrel(['receipts', 'verify', 'good.json'], {
      cwd,
      env: { OSREL_RECEIPT_KEY },
    });
    expect(exitCode, stderr).toBe(0);
    expect(stdout).toMatch(/^good\.json: sound$/m);
    expect(stdout).toMatch(new RegExp(`^ {2}manifest +${'b'.repeat(64)}$`, 'm'));
    expect(stdout).toMatch(new RegExp(`^ {2}given +${'e'.repeat(64)} {2}image/balena\\.img$`, 'm'));
    expect(stdout).toMatch(/^ {2}waived +boot > quiet \(acme#7, ada, until 2026-12-31\)$/m);
    expect(stdout).toMatch(new RegExp(`^ {2}signed by +${key.keyId}$`, 'm'));
  });

  it('trusts the keys of osrel.yml and those it is given', async () => {
    const cwd = await makeFiles();
    const verify = (...words: string[]) => runOsrel(['receipts', 'verify', 'good.json', ...words], { cwd });
    expect((await verify()).exitCode).toBe(8);
    expect((await verify('--key', key.publicKey)).exitCode).toBe(0);
    await writeFile(join(cwd, 'osrel.yml'), `tests:\n  trusted-keys: ['${key.publicKey}']\n`);
    expect((await verify()).exitCode).toBe(0);
    const refused = await verify('--key', 'hunter2');
    expect(refused).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('receipt-key.public') });
  });

  it('ends with 8 when one is no evidence, and tells of all', async () => {
    const cwd = await makeFiles();
    const files = ['good.json', 'foreign.json', 'cut.json'];
    const spoken = await runOsrel(['receipts', 'verify', ...files, '--json'], {
      cwd,
      env: { OSREL_RECEIPT_KEY },
    });
    expect(spoken.exitCode).toBe(8);
    expect(spoken.stderr).toContain('2 of 3 files are no evidence: foreign.json, cut.json');
    expect(JSON.parse(spoken.stdout)).toMatchObject({
      schemaVersion: 1,
      trustedKeys: [key.keyId],
      files: [
        { file: 'good.json', kind: 'receipt', signedBy: [key.keyId], receipt: { entry: 'os' } },
        { file: 'foreign.json', kind: 'rejected', defect: 'untrusted-key', entry: 'os' },
        { file: 'cut.json', kind: 'rejected', defect: 'malformed', entry: null },
      ],
    });
    const missing = await runOsrel(['receipts', 'verify', 'missing.json'], { cwd });
    expect(missing).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('verify.not-found') });
  });

  it('never shows a key that is none', async () => {
    const spoken = await runOsrel(['receipts', 'verify', 'good.json', '--json'], {
      cwd: await makeFiles(),
      env: { OSREL_RECEIPT_KEY: 'hunter2-hunter2' },
    });
    expect(spoken.exitCode).toBe(2);
    expect(spoken.stdout + spoken.stderr).toContain('OSREL_RECEIPT_KEY');
    expect(spoken.stdout + spoken.stderr).not.toContain('hunter2');
  });
});

describe('osrel receipts new-key', () => {
  it('writes a private key for its owner alone and prints the lines for osrel.yml', async () => {
    const cwd = await makeFolder();
    const { exitCode, stdout } = await runOsrel(['receipts', 'new-key', 'keys/mine.pem'], { cwd });
    expect(exitCode).toBe(0);
    const file = join(cwd, 'keys/mine.pem');
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const made = parseReceiptKey(await readFile(file, 'utf8'));
    expect(stdout).toBe(`tests:\n  trusted-keys:\n    - ${made?.publicKey} # ${made?.keyId.slice(0, 16)}\n`);
    await writeFile(join(cwd, 'osrel.yml'), stdout);
    await writeFile(join(cwd, 'receipt.json'), made === undefined ? '' : sealReceipt(sampleReceipt(), made));
    expect((await runOsrel(['receipts', 'verify', 'receipt.json'], { cwd })).exitCode).toBe(0);
  });

  it('never overwrites anything', async () => {
    const cwd = await makeFolder();
    await writeFile(join(cwd, 'mine.pem'), 'precious');
    const { exitCode, stderr } = await runOsrel(['receipts', 'new-key', 'mine.pem'], { cwd });
    expect(exitCode).toBe(2);
    expect(stderr).toContain('receipt-key.exists');
    expect(await readFile(join(cwd, 'mine.pem'), 'utf8')).toBe('precious');
  });

  it('answers in JSON without the private half', async () => {
    const cwd = await makeFolder();
    const { stdout } = await runOsrel(['receipts', 'new-key', 'mine.pem', '--json'], { cwd });
    const made = parseReceiptKey(await readFile(join(cwd, 'mine.pem'), 'utf8'));
    expect(JSON.parse(stdout)).toEqual({
      schemaVersion: 1,
      file: join(cwd, 'mine.pem'),
      publicKey: made?.publicKey,
      keyId: made?.keyId,
    });
  });
});
