import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeReceiptKey, renderReceiptKey } from '@osrel/core';
import { describe, expect, it } from 'vitest';
import { createReceiptKeyFile, keepReceiptKey } from './create-receipt-key-file.ts';
import { testFolder } from './test-folder.ts';
import { runTestProcess } from './test-process.ts';

async function start() {
  const folder = join(await testFolder(), 'config/osrel');
  return { folder, path: join(folder, 'receipt-key.pem') };
}

describe('a key file', () => {
  it('is made on first use, for its owner alone, and stays the same', async () => {
    const { folder, path } = await start();
    const file = createReceiptKeyFile(path);
    expect(await file.find()).toBeUndefined();
    const made = await file.findOrMake();
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect((await createReceiptKeyFile(path).findOrMake()).keyId).toBe(made.keyId);
    expect((await file.find())?.keyId).toBe(made.keyId);
    expect(await readdir(folder)).toEqual(['receipt-key.pem']);
  });

  it('is the same for processes that make it at once', async () => {
    const { folder, path } = await start();
    const script = `
      const { createReceiptKeyFile } = await load('create-receipt-key-file');
      console.log((await createReceiptKeyFile(${JSON.stringify(path)}).findOrMake()).keyId);`;
    const ids = (await Promise.all([0, 1, 2, 3].map(() => runTestProcess(script)))).flat();
    expect(new Set(ids).size).toBe(1);
    expect((await createReceiptKeyFile(path).find())?.keyId).toBe(ids[0]);
    expect(await readdir(folder)).toEqual(['receipt-key.pem']);
  });

  it('of another process that was faster is taken', async () => {
    const { path } = await start();
    const faster = makeReceiptKey();
    const file = createReceiptKeyFile(path, async () => void (await keepReceiptKey(faster, path)));
    expect((await file.findOrMake()).keyId).toBe(faster.keyId);
  });

  it('is whole or not there at all', async () => {
    const { folder, path } = await start();
    const dying = createReceiptKeyFile(path, () => {
      throw new Error('power cut');
    });
    await expect(dying.findOrMake()).rejects.toThrow('power cut');
    expect(await readdir(folder)).toEqual([]);
  });

  it('is never overwritten', async () => {
    const { path } = await start();
    const first = makeReceiptKey();
    expect(await keepReceiptKey(first, path)).toBe(true);
    expect(await keepReceiptKey(makeReceiptKey(), path)).toBe(false);
    expect(await readFile(path, 'utf8')).toBe(renderReceiptKey(first));
  });

  it('that holds no key is an error with its path, not a reason to make another', async () => {
    const { path } = await start();
    await keepReceiptKey(makeReceiptKey(), path);
    await writeFile(path, 'hunter2');
    await expect(createReceiptKeyFile(path).findOrMake()).rejects.toMatchObject({
      code: 'receipt-key.file',
      exitCode: 2,
      message: `${path} holds no ed25519 private key`,
    });
  });
});
