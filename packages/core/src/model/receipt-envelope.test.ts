import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TestReceipt } from './evidence.ts';
import { canonicalJson } from './json.ts';
import { openEnvelope, preAuthenticationEncoding, sealReceipt } from './receipt-envelope.ts';
import { makeReceiptKey, signBytes } from './receipt-keys.ts';
import { sampleReceipt } from './test-sample-receipt.ts';

const TYPE = 'application/vnd.in-toto+json';
const key = makeReceiptKey();
const other = makeReceiptKey();
const trusted = [key.publicKey];
const RECEIPT = ['predicate', 'osrelReceipt'];

interface Envelope {
  payload: string;
  payloadType: string;
  signatures: { keyid?: string; sig: string }[];
}

const sealed = (change: Partial<TestReceipt> = {}, by = key): Envelope =>
  JSON.parse(sealReceipt(sampleReceipt(change), by));
const open = (envelope: unknown, keys = trusted) => openEnvelope(JSON.stringify(envelope), keys);
const bytesOf = ({ payload }: Envelope) => Buffer.from(payload, 'base64');
const statementIn = (envelope: Envelope) => JSON.parse(bytesOf(envelope).toString());

/** An envelope around any bytes, rightly signed. */
function signed(payload: Buffer, payloadType = TYPE, by = key): Envelope {
  const sig = signBytes(preAuthenticationEncoding(payloadType, payload), by).toString('base64');
  return { payload: payload.toString('base64'), payloadType, signatures: [{ keyid: by.keyId, sig }] };
}

/** A rightly signed statement that says something else at one place; undefined: nothing there. */
function restated(path: readonly string[], value: unknown): Envelope {
  const statement = statementIn(sealed());
  const last = path.at(-1) ?? '';
  const place = path.slice(0, -1).reduce((at, key) => at[key], statement);
  if (value !== undefined) place[last] = value;
  else if (Array.isArray(place)) place.splice(Number(last), 1);
  else delete place[last];
  return signed(Buffer.from(canonicalJson(statement)));
}

function flip(bytes: Buffer, at: number, mask: number): string {
  const changed = Buffer.from(bytes);
  changed[at] = (changed[at] ?? 0) ^ mask;
  return changed.toString('base64');
}

describe('what is signed', () => {
  it('is encoded as the document of DSSE shows', () => {
    const encoded = preAuthenticationEncoding('http://example.com/HelloWorld', Buffer.from('hello world'));
    expect(encoded.toString()).toBe('DSSEv1 29 http://example.com/HelloWorld 11 hello world');
  });

  it('counts bytes, not characters', () => {
    expect(preAuthenticationEncoding('é', Buffer.from('ü')).toString()).toBe('DSSEv1 2 é 2 ü');
  });
});

describe('a sealed receipt', () => {
  it('opens as what was sealed, and says who signed it', () => {
    expect(open(sealed())).toEqual({ kind: 'receipt', receipt: sampleReceipt(), signedBy: [key.keyId] });
  });

  it('is a test result in an in-toto statement about the files that were given', () => {
    expect(statementIn(sealed())).toMatchObject({
      _type: 'https://in-toto.io/Statement/v1',
      subject: [
        { name: 'release-manifest.json', digest: { sha256: 'b'.repeat(64) } },
        { name: 'image/balena.img', digest: { sha256: 'e'.repeat(64) } },
      ],
      predicateType: 'https://in-toto.io/attestation/test-result/v0.1',
      predicate: {
        result: 'PASSED',
        configuration: [{ name: 'os', digest: { gitCommit: 'd'.repeat(40) } }],
        warnedTests: [],
      },
    });
  });

  it.each([
    [{ verdict: 'failed' }, 'FAILED'],
    [{ verdict: 'rig-failure' }, 'FAILED'],
    [
      {
        counts: { passed: 2, failed: 0, skipped: 0, waived: 1 },
        waivers: [{ test: 'boot > quiet', tracker: '#1', owner: 'ada', expires: '2026-12-31' }],
      },
      'WARNED',
    ],
  ] as const)('says to other tools how it ended: %o is %s', (change, result) => {
    expect(statementIn(sealed(change)).predicate.result).toBe(result);
    expect(open(sealed(change)).kind).toBe('receipt');
  });

  it('names the revision of a suite only where it is a digest', () => {
    const configuration = (suiteRevision: string | null) =>
      statementIn(sealed({ suiteRevision })).predicate.configuration;
    expect(configuration(null)).toEqual([]);
    expect(configuration('v2')).toEqual([]);
    expect(configuration(`sha256:${'1'.repeat(64)}`)).toEqual([
      { name: 'os', digest: { sha256: '1'.repeat(64) } },
    ]);
  });

  it('is the same bytes for the same receipt and key', () => {
    expect(sealReceipt(sampleReceipt(), key)).toBe(sealReceipt(sampleReceipt(), key));
    expect(sealReceipt(sampleReceipt(), key)).not.toBe(sealReceipt(sampleReceipt(), other));
  });

  it('keeps every text, whatever a test wrote into it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.nat(), (because, passed) => {
        const receipt = sampleReceipt({ because, counts: { passed, failed: 0, skipped: 0, waived: 0 } });
        expect(openEnvelope(sealReceipt(receipt, key), trusted)).toMatchObject({ kind: 'receipt', receipt });
      }),
    );
  });

  it('counts when one of several signatures is trusted, whatever the key ids say', () => {
    const payload = bytesOf(sealed());
    const [ours] = signed(payload).signatures;
    const [theirs] = signed(payload, TYPE, other).signatures;
    const envelope = (signatures: unknown[]) => ({ ...sealed(), signatures });
    expect(open(envelope([theirs, ours]))).toMatchObject({ kind: 'receipt', signedBy: [key.keyId] });
    expect(open(envelope([theirs, ours]), [other.publicKey, ...trusted])).toMatchObject({
      signedBy: [other.keyId, key.keyId],
    });
    for (const keyid of [undefined, other.keyId, 'nonsense'])
      expect(open(envelope([{ ...ours, keyid }])).kind).toBe('receipt');
  });

  it('may be written in the URL-safe alphabet too', () => {
    const envelope = sealed();
    const [own] = envelope.signatures;
    const urlSafe = (text = '') => text.replaceAll('+', '-').replaceAll('/', '_');
    const changed = {
      ...envelope,
      payload: urlSafe(envelope.payload),
      signatures: [{ sig: urlSafe(own?.sig) }],
    };
    expect(open(changed).kind).toBe('receipt');
  });

  it('leaves out what it does not know', () => {
    const envelope = restated([...RECEIPT, 'mood'], 'fine');
    expect(open({ ...envelope, comment: 'mine' })).toMatchObject({
      kind: 'receipt',
      receipt: sampleReceipt(),
    });
    expect(JSON.stringify(open(envelope))).not.toContain('mood');
  });
});

describe('a receipt is no evidence', () => {
  it('when any byte of its payload or signature was changed', () => {
    const envelope = sealed();
    const payload = bytesOf(envelope);
    const signature = Buffer.from(envelope.signatures[0]?.sig ?? '', 'base64');
    const anyByte = (bytes: Buffer) => fc.tuple(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }));
    fc.assert(
      fc.property(anyByte(payload), ([at, mask]) => {
        const opened = open({ ...envelope, payload: flip(payload, at, mask) });
        expect(opened).toMatchObject({ kind: 'rejected', defect: 'altered' });
      }),
    );
    fc.assert(
      fc.property(anyByte(signature), ([at, mask]) => {
        const sig = flip(signature, at, mask);
        const opened = open({ ...envelope, signatures: [{ keyid: key.keyId, sig }] });
        expect(opened).toMatchObject({ kind: 'rejected', defect: 'altered', entry: 'os' });
      }),
      { numRuns: 300 },
    );
  });

  it('when any character of its text was changed so that it matters', () => {
    const text = sealReceipt(sampleReceipt(), key);
    const character = fc.integer({ min: 32, max: 126 }).map((code) => String.fromCharCode(code));
    fc.assert(
      fc.property(fc.nat(text.length - 1), character, (at, by) => {
        const opened = openEnvelope(text.slice(0, at) + by + text.slice(at + 1), trusted);
        if (opened.kind === 'receipt') expect(opened.receipt).toEqual(sampleReceipt());
      }),
      { numRuns: 1000 },
    );
  });

  it('when it was cut anywhere', () => {
    const text = sealReceipt(sampleReceipt(), key).trimEnd();
    fc.assert(
      fc.property(fc.nat(text.length - 1), (length) => {
        expect(openEnvelope(text.slice(0, length), trusted)).toMatchObject({ defect: 'malformed' });
      }),
    );
  });

  it('when somebody else signed it, whatever key id it claims', () => {
    const forged = sealed({}, other);
    const [signature] = forged.signatures;
    expect(open(forged)).toEqual({
      kind: 'rejected',
      defect: 'untrusted-key',
      entry: 'os',
      because: `it is signed by key ${other.keyId}, which is not trusted`,
    });
    expect(open({ ...forged, signatures: [{ ...signature, keyid: key.keyId }] })).toMatchObject({
      defect: 'altered',
    });
    expect(open({ ...forged, signatures: [{ ...signature, keyid: '\u001b[31m' }] })).toMatchObject({
      because: 'it is signed by a key without an id, which is not trusted',
    });
    expect(open(sealed(), [])).toMatchObject({ defect: 'untrusted-key' });
  });

  it('when it is not signed at all', () => {
    const old = { schemaVersion: 1, suite: 'smoke', verdict: 'passed' };
    expect(open(old)).toMatchObject({ defect: 'unsigned', entry: 'smoke' });
    expect(open(old)).toMatchObject({ because: expect.stringContaining('earlier osrel') });
    expect(open(sampleReceipt())).toMatchObject({ defect: 'unsigned', entry: 'os' });
    expect(open(statementIn(sealed()))).toMatchObject({ defect: 'unsigned', entry: 'os' });
    expect(open({ ...sealed(), signatures: [] })).toMatchObject({ defect: 'unsigned', entry: 'os' });
  });

  it.each([
    ['text', 'it is no JSON'],
    ['', 'it is no JSON'],
    ['{}', 'it is no signed envelope'],
    ['[]', 'it is no signed envelope'],
    ['null', 'it is no signed envelope'],
    ['{"payload":1,"payloadType":"a","signatures":[]}', 'it is no signed envelope'],
  ])('when it is nothing of the kind: %j', (text, because) => {
    expect(openEnvelope(text, trusted)).toMatchObject({ defect: 'malformed', entry: null, because });
  });

  it('when its payload is said to be something else', () => {
    expect(open(signed(bytesOf(sealed()), 'application/json'))).toMatchObject({
      defect: 'malformed',
      because: expect.stringContaining(TYPE),
    });
    // The type is signed too: it cannot be put right afterwards.
    expect(open({ ...signed(bytesOf(sealed()), 'application/json'), payloadType: TYPE })).toMatchObject({
      defect: 'altered',
    });
  });

  it.each(['!', 'AAAA=', 'AA', 'AB==', 'A A='])('when its payload is no strict base64: %j', (payload) => {
    expect(open({ ...sealed(), payload })).toMatchObject({ because: 'its payload is no base64' });
  });

  it.each([
    ['another kind of statement', ['_type'], 'https://in-toto.io/Statement/v0.1'],
    ['another predicate', ['predicateType'], 'https://slsa.dev/provenance/v1'],
    ['no subjects', ['subject'], []],
    ['no files', ['subject', '1'], undefined],
    ['another digest', ['subject', '1', 'digest', 'sha256'], 'f'.repeat(64)],
    ['another manifest', [...RECEIPT, 'manifestSha256'], 'f'.repeat(64)],
    ['another result', [...RECEIPT, 'verdict'], 'failed'],
    ['an unknown verdict', [...RECEIPT, 'verdict'], 'fine'],
    ['a digest in capitals', [...RECEIPT, 'manifestSha256'], 'B'.repeat(64)],
    ['a time that is none', [...RECEIPT, 'finishedAt'], 'today'],
    ['a later schema', [...RECEIPT, 'schemaVersion'], 3],
    ['a name that steers a terminal', [...RECEIPT, 'entry'], '\u001b[2J'],
    ['no receipt', RECEIPT, undefined],
  ])('when a trusted key signed %s', (_, path, value) => {
    expect(open(restated(path, value))).toMatchObject({ kind: 'rejected', defect: 'malformed' });
  });

  it('when its payload says a thing twice or is written in another way', () => {
    const text = bytesOf(sealed()).toString();
    const texts = [
      text.replace('"verdict":"passed"', '"verdict":"failed","verdict":"passed"'),
      JSON.stringify(JSON.parse(text), null, 2),
      `${text}\n`,
      '',
      'null',
    ];
    for (const written of texts)
      expect(open(signed(Buffer.from(written)))).toMatchObject({ defect: 'malformed' });
  });
});
