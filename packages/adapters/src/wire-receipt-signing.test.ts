import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { makeReceiptKey, parseConfig, type ReceiptKey, renderReceiptKey, toolFailed } from '@osrel/core';
import { describe, expect, it } from 'vitest';
import { testFolder } from './file-system/test-folder.ts';
import { eitherKeyFile } from './receipt-signing.ts';
import { wireReceiptSigning } from './wire-receipt-signing.ts';

const colleague = makeReceiptKey();
const config = parseConfig(
  {
    environments: {
      production: {
        balena: { host: 'balena-cloud.com' },
        secrets: { receiptKey: { env: 'CI_RECEIPT_KEY' } },
      },
      staging: { balena: { host: 'balena-staging.com' } },
    },
    tests: { 'trusted-keys': [colleague.publicKey] },
  },
  { file: 'osrel.yml' },
);
const wire = (environment: string, variables: Readonly<Record<string, string>>) =>
  wireReceiptSigning({ root: '/nowhere', config, environment, variables });
const trusted = (...keys: ReceiptKey[]) => [colleague, ...keys].map(({ publicKey }) => publicKey);

describe('who signs test receipts', () => {
  it('is the key of OSREL_RECEIPT_KEY, or of the variable that the environment names', async () => {
    const key = makeReceiptKey();
    const signing = wire('staging', { OSREL_RECEIPT_KEY: renderReceiptKey(key) });
    expect((await signing.key()).keyId).toBe(key.keyId);
    expect(await signing.trustedKeys()).toEqual(trusted(key));
    const variables = {
      CI_RECEIPT_KEY: renderReceiptKey(key).replaceAll('\n', '\\n'),
      OSREL_RECEIPT_KEY: 'not looked at',
    };
    expect((await wire('production', variables).key()).keyId).toBe(key.keyId);
  });

  it.each(['XDG_CONFIG_HOME', 'HOME'])('is else a key of this user, made below %s', async (name) => {
    const folder = await testFolder();
    const variables = { [name]: folder, OSREL_RECEIPT_KEY: ' ' };
    const below = join(folder, name === 'HOME' ? '.config/osrel' : 'osrel');
    expect(await wire('staging', variables).trustedKeys()).toEqual(trusted());
    await expect(readdir(below)).rejects.toMatchObject({ code: 'ENOENT' });
    const key = await wire('staging', variables).key();
    expect(await readdir(below)).toEqual(['receipt-key.pem']);
    expect((await wire('production', variables).key()).keyId).toBe(key.keyId);
    expect(await wire('staging', variables).trustedKeys()).toEqual(trusted(key));
  });

  it('is told by the name of the variable when its value is no key, never by the value', async () => {
    const error = await wire('production', { CI_RECEIPT_KEY: 'hunter2' })
      .trustedKeys()
      .catch((thrown) => thrown);
    expect(error).toMatchObject({ code: 'receipt-key.malformed', exitCode: 2 });
    expect(error.message).toContain('CI_RECEIPT_KEY');
    expect(JSON.stringify({ ...error, message: error.message, stack: error.stack })).not.toContain('hunter2');
  });

  it('is a key of the embedded world in environment local', async () => {
    const root = await testFolder();
    const signing = wireReceiptSigning({ root, config, environment: 'local', variables: {} });
    const key = await signing.key();
    expect(await readdir(join(root, '.osrel/world'))).toEqual(['receipt-key.pem']);
    expect(await signing.trustedKeys()).toEqual(trusted(key));
  });

  it('is a key of the checkout without a home folder', async () => {
    const root = await testFolder();
    const signing = wireReceiptSigning({ root, config, environment: 'staging', variables: {} });
    const key = await signing.key();
    expect(await readdir(join(root, '.osrel'))).toEqual(['receipt-key.pem']);
    expect((await signing.key()).keyId).toBe(key.keyId);
    expect(await signing.trustedKeys()).toEqual(trusted(key));
  });

  it('is a key of another file only where the system does not allow the first one', async () => {
    const kept = makeReceiptKey();
    const second = { find: async () => undefined, findOrMake: async () => kept };
    const failing = (code: string) => ({
      find: async () => undefined,
      findOrMake: () => Promise.reject(toolFailed(code, 'no')),
    });
    expect(await eitherKeyFile(failing('disk.refused'), second).findOrMake()).toBe(kept);
    await expect(eitherKeyFile(failing('disk.full'), second).findOrMake()).rejects.toMatchObject({
      code: 'disk.full',
    });
    const first = { find: async () => colleague, findOrMake: async () => colleague };
    expect(await eitherKeyFile(first, second).findOrMake()).toBe(colleague);
    expect(await eitherKeyFile(second, first).find()).toBe(colleague);
  });
});
