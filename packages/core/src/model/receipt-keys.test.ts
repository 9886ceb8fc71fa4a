import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  isSignedBy,
  makeReceiptKey,
  parseReceiptKey,
  receiptKeyIdOf,
  renderReceiptKey,
  signBytes,
} from './receipt-keys.ts';

/** RFC 8032, section 7.1, tests 1 and 2. */
const VECTORS = [
  {
    seed: '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60',
    publicKey: 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
    message: '',
    signature:
      'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
  },
  {
    seed: '4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb',
    publicKey: '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c',
    message: '72',
    signature:
      '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
  },
];

/** A seed as openssl writes it: PKCS #8, RFC 8410. */
function pemOf(seed: string): string {
  const der = Buffer.from(`302e020100300506032b657004220420${seed}`, 'hex');
  return `-----BEGIN PRIVATE KEY-----\n${der.toString('base64')}\n-----END PRIVATE KEY-----\n`;
}

function keyOf(pem: string) {
  const key = parseReceiptKey(pem);
  if (key === undefined) throw new Error('no key');
  return key;
}

describe('a receipt key', () => {
  it.each(VECTORS)('signs as RFC 8032 says: message "$message"', (vector) => {
    const key = keyOf(pemOf(vector.seed));
    expect(Buffer.from(key.publicKey, 'base64').toString('hex')).toBe(vector.publicKey);
    const message = Buffer.from(vector.message, 'hex');
    const signature = signBytes(message, key);
    expect(signature.toString('hex')).toBe(vector.signature);
    expect(isSignedBy(message, signature, key.publicKey)).toBe(true);
    expect(isSignedBy(Buffer.from('other'), signature, key.publicKey)).toBe(false);
  });

  it('is named by the sha256 of its raw public key', () => {
    const key = keyOf(pemOf(VECTORS[0]?.seed ?? ''));
    expect(key.keyId).toBe('21fe31dfa154a261626bf854046fd2271b7bed4b6abe45aa58877ef47f9721b9');
    expect(receiptKeyIdOf(key.publicKey)).toBe(key.keyId);
  });

  it('is the same key after it was written down, also with line breaks as \\n', () => {
    const key = makeReceiptKey();
    const pem = renderReceiptKey(key);
    expect(pem).toMatch(/^-----BEGIN PRIVATE KEY-----\n\S+\n-----END PRIVATE KEY-----\n$/);
    for (const text of [pem, `\n  ${pem}`, pem.trim().replaceAll('\n', '\\n')])
      expect(keyOf(text)).toMatchObject({ publicKey: key.publicKey, keyId: key.keyId });
    expect(makeReceiptKey().publicKey).not.toBe(key.publicKey);
  });

  it('is nothing else: no text, no public key, no other algorithm, no encrypted key', () => {
    const ed25519 = generateKeyPairSync('ed25519');
    const other = generateKeyPairSync('x25519').privateKey;
    const elliptic = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
    const encrypted = ed25519.privateKey.export({
      format: 'pem',
      type: 'pkcs8',
      cipher: 'aes-256-cbc',
      passphrase: 'secret',
    });
    const texts = [
      '',
      'hunter2',
      renderReceiptKey(makeReceiptKey()).slice(0, 60),
      ed25519.publicKey.export({ format: 'pem', type: 'spki' }),
      other.export({ format: 'pem', type: 'pkcs8' }),
      elliptic.export({ format: 'pem', type: 'pkcs8' }),
      encrypted,
    ];
    for (const text of texts) expect(parseReceiptKey(String(text))).toBeUndefined();
  });

  it('is signed by nobody when the public key is no key', () => {
    const signature = signBytes(Buffer.from('text'), makeReceiptKey());
    for (const publicKey of ['', 'AAAA', '!', 'A'.repeat(43)])
      expect(isSignedBy(Buffer.from('text'), signature, publicKey)).toBe(false);
  });
});
