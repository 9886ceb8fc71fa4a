import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
  verify,
} from 'node:crypto';

/** Where the private key is looked for when osrel.yml names no variable. */
export const RECEIPT_KEY_VARIABLE = 'OSREL_RECEIPT_KEY';

/** An ed25519 key that signs test receipts. */
export interface ReceiptKey {
  readonly privateKey: KeyObject;
  /** The raw 32 bytes as base64: what `tests.trusted-keys` of osrel.yml takes. */
  readonly publicKey: string;
  /** Lower-case hex sha256 of the raw public key. */
  readonly keyId: string;
}

/** A new key. */
export function makeReceiptKey(): ReceiptKey {
  return receiptKeyOf(generateKeyPairSync('ed25519').privateKey);
}

/**
 * The key of a PEM text (PKCS #8, not encrypted; line breaks may be written as `\n`, as CI variables hold them);
 * undefined when it is no ed25519 private key.
 */
export function parseReceiptKey(pem: string): ReceiptKey | undefined {
  const text = pem.replaceAll('\\n', '\n').trim();
  if (!text.startsWith('-----BEGIN PRIVATE KEY-----')) return undefined;
  try {
    const privateKey = createPrivateKey({ key: text, format: 'pem', type: 'pkcs8' });
    return privateKey.asymmetricKeyType === 'ed25519' ? receiptKeyOf(privateKey) : undefined;
  } catch {
    return undefined;
  }
}

/** PEM (PKCS #8), with a newline at the end: what `parseReceiptKey` reads. A secret. */
export function renderReceiptKey({ privateKey }: ReceiptKey): string {
  return String(privateKey.export({ format: 'pem', type: 'pkcs8' }));
}

/** Lower-case hex sha256 of a raw public key given as base64. */
export function receiptKeyIdOf(publicKey: string): string {
  return createHash('sha256').update(Buffer.from(publicKey, 'base64')).digest('hex');
}

/** The 64 bytes of the signature (RFC 8032, Ed25519). */
export function signBytes(bytes: Uint8Array, { privateKey }: ReceiptKey): Buffer {
  return sign(null, bytes, privateKey);
}

/** Whether the holder of that public key (base64 of 32 bytes) signed these very bytes; false for a malformed key. */
export function isSignedBy(bytes: Uint8Array, signature: Uint8Array, publicKey: string): boolean {
  try {
    const x = Buffer.from(publicKey, 'base64').toString('base64url');
    const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
    return verify(null, bytes, key, signature);
  } catch {
    return false;
  }
}

function receiptKeyOf(privateKey: KeyObject): ReceiptKey {
  const { x = '' } = createPublicKey(privateKey).export({ format: 'jwk' });
  const publicKey = Buffer.from(x, 'base64url').toString('base64');
  return { privateKey, publicKey, keyId: receiptKeyIdOf(publicKey) };
}
