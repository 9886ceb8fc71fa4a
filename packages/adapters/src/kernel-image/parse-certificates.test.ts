import { X509Certificate } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { makeTestCertificate, toPem } from './make-test-certificate.ts';
import { parseCertificates } from './parse-certificates.ts';
import { splitDer } from './split-der.ts';

const one = makeTestCertificate('one');
const two = makeTestCertificate('two');
const base64 = (der: Buffer): string => der.toString('base64');

function refusal(text: string): string {
  const parsed = parseCertificates(text);
  return parsed.kind === 'malformed' ? parsed.because : 'accepted';
}

describe('certificates of the kernel key', () => {
  it('are made well enough for OpenSSL by the tests themselves', () => {
    expect(new X509Certificate(one).subject).toBe('CN=one');
  });

  it.each([
    ['the base64 text of one, as the key recipe takes it', base64(one), [one]],
    [
      'base64 texts joined by semicolons, wrapped or not',
      `${base64(one).replace(/.{64}/g, '$&\n')};${base64(two)};`,
      [one, two],
    ],
    ['PEM blocks', toPem(one) + toPem(two), [one, two]],
    ['PEM blocks with other line ends', toPem(one).replaceAll('\n', '\r\n'), [one]],
  ])('are read from %s', (_, text, certificates) => {
    expect(parseCertificates(text)).toEqual({ kind: 'certificates', certificates });
  });

  it.each([
    ['nothing but separators', ' ; ;\n', 'it holds no certificate'],
    ['a word', 'not base64!', 'certificate 1 of 1 is no base64 text'],
    ['base64 of something else', base64(Buffer.from('hello world')), 'certificate 1 of 1 is no DER'],
    [
      'a cut certificate',
      base64(one.subarray(0, -3)),
      'certificate 1 of 1 is no DER: no whole DER sequence at byte 0',
    ],
    [
      'DER that is no certificate',
      `${base64(one)};${base64(Buffer.from([0x30, 3, 2, 1, 5]))}`,
      'certificate 2 of 2 is no X.509 certificate',
    ],
    [
      'two certificates in one text',
      base64(Buffer.concat([one, two])),
      'holds 2 certificates in one base64 text',
    ],
    [
      'a private key',
      '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----',
      'it holds a PEM block "PRIVATE KEY"',
    ],
    [
      'a block that is not closed',
      toPem(one).replace(/-----END.*/, ''),
      'there is text outside of the PEM blocks',
    ],
    [
      'text between the blocks',
      `${toPem(one)}junk\n${toPem(two)}`,
      'there is text outside of the PEM blocks',
    ],
  ])('are refused in %s', (_, text, because) => {
    expect(refusal(text)).toContain(because);
  });

  it('never shows the value that was refused', () => {
    const text = base64(one.subarray(0, -3));
    expect(refusal(text)).not.toContain(text.slice(8, 24));
  });

  it('are cut apart by the length each one states', () => {
    const split = splitDer(Buffer.concat([one, two, Buffer.from([0x30, 0])]));
    expect(split).toEqual({ kind: 'elements', elements: [one, two, Buffer.from([0x30, 0])] });
  });

  it.each([
    ['another tag', [0x31, 0]],
    ['a header cut short', [0x30]],
    ['a length that says more than there is', [0x30, 0x82, 1]],
    ['the open length of BER', [0x30, 0x80, 0, 0]],
    ['an absurd length', [0x30, 0x85, 1, 1, 1, 1, 1]],
  ])('are not cut where there is %s', (_, bytes) => {
    expect(splitDer(Buffer.from(bytes)).kind).toBe('malformed');
  });
});
