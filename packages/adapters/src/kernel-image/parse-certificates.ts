import { X509Certificate } from 'node:crypto';
import { splitDer } from './split-der.ts';

/** The certificates of a text in DER form, or what is wrong with it; the text itself is in no message. */
export type ParsedCertificates =
  | { readonly kind: 'certificates'; readonly certificates: readonly Buffer[] }
  | { readonly kind: 'malformed'; readonly because: string };

const BLOCK = /-----BEGIN ([A-Z0-9 ]{1,40})-----([^-]*)-----END ([A-Z0-9 ]{1,40})-----/g;

/**
 * Reads PEM blocks, or what meta-balena's key recipe takes as SIGN_KMOD_KEY_APPEND: the base64 text of certificates
 * without header and footer, joined by `;`. Anything else between them is refused, so that no key is passed over.
 */
export function parseCertificates(text: string): ParsedCertificates {
  const bodies = text.includes('-----')
    ? bodiesOfPem(text)
    : text.split(';').filter((body) => body.trim() !== '');
  if (typeof bodies === 'string') return { kind: 'malformed', because: bodies };
  if (bodies.length === 0) return { kind: 'malformed', because: 'it holds no certificate' };
  const certificates: Buffer[] = [];
  for (const [index, body] of bodies.entries()) {
    const certificate = decode(body);
    if (typeof certificate === 'string') {
      return { kind: 'malformed', because: `certificate ${index + 1} of ${bodies.length} ${certificate}` };
    }
    certificates.push(certificate);
  }
  return { kind: 'certificates', certificates };
}

function bodiesOfPem(text: string): readonly string[] | string {
  const blocks = [...text.matchAll(BLOCK)];
  if (text.replaceAll(BLOCK, '').replaceAll(';', '').trim() !== '') {
    return 'there is text outside of the PEM blocks, or a block is not closed';
  }
  const other = blocks.find(([, begin, , end]) => begin !== 'CERTIFICATE' || end !== 'CERTIFICATE');
  if (other !== undefined) return `it holds a PEM block "${other[1]}"; only CERTIFICATE is taken`;
  return blocks.map(([, , body = '']) => body);
}

/** The DER form, or what is wrong. */
function decode(body: string): Buffer | string {
  const compact = body.replaceAll(/\s/g, '');
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(compact) || compact.length % 4 !== 0) return 'is no base64 text';
  const der = Buffer.from(compact, 'base64');
  const split = splitDer(der);
  if (split.kind === 'malformed') return `is no DER: ${split.because}`;
  if (split.elements.length !== 1) return `holds ${split.elements.length} certificates in one base64 text`;
  return isCertificate(der) ? der : 'is no X.509 certificate';
}

/** True when the bytes are one X.509 certificate and nothing else. */
export function isCertificate(der: Buffer): boolean {
  try {
    return new X509Certificate(der).raw.equals(der);
  } catch {
    // What OpenSSL says of bytes that are no certificate ("wrong tag") helps nobody.
    return false;
  }
}
