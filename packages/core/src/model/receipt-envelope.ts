import { z } from 'zod';
import type { RejectedReceipt, TestReceipt } from './evidence.ts';
import { canonicalJson, canonicalJsonText } from './json.ts';
import { isSignedBy, type ReceiptKey, receiptKeyIdOf, signBytes } from './receipt-keys.ts';
import { testReceiptSchema } from './receipt-schema.ts';
import { readStatement, statementOf } from './receipt-statement.ts';

/** DSSE payload type of in-toto statements. */
const PAYLOAD_TYPE = 'application/vnd.in-toto+json';

const envelope = z.object({
  payload: z.string(),
  payloadType: z.string(),
  signatures: z.array(z.object({ sig: z.string(), keyid: z.string().optional() })),
});

type Envelope = z.infer<typeof envelope>;
type Defect = Omit<RejectedReceipt, 'name'>;

export type OpenedReceipt =
  | {
      readonly kind: 'receipt';
      readonly receipt: TestReceipt;
      /** Ids of the trusted keys that signed it. */
      readonly signedBy: readonly string[];
    }
  | ({ readonly kind: 'rejected' } & Defect);

/**
 * The receipt as the text of a signed DSSE envelope around an in-toto statement. Equal receipts and keys give equal
 * bytes. Throws a ZodError for what is no receipt.
 */
export function sealReceipt(receipt: TestReceipt, key: ReceiptKey): string {
  const payload = Buffer.from(canonicalJson(statementOf(testReceiptSchema.parse(receipt))));
  const sig = signBytes(preAuthenticationEncoding(PAYLOAD_TYPE, payload), key);
  return canonicalJsonText({
    payload: payload.toString('base64'),
    payloadType: PAYLOAD_TYPE,
    signatures: [{ keyid: key.keyId, sig: sig.toString('base64') }],
  });
}

/**
 * Opens an envelope: a receipt when one of its signatures is by one of the trusted public keys (each base64 of 32
 * bytes) and everything in it agrees; else what is wrong. Never throws: the text comes from outside.
 */
export function openEnvelope(text: string, trusted: readonly string[]): OpenedReceipt {
  const json = parseJson(text);
  if (json === undefined) return rejected('malformed', null, 'it is no JSON');
  const read = envelope.safeParse(json);
  if (!read.success) return notSealed(json);
  const { payload, payloadType, signatures } = read.data;
  const bytes = decodeBase64(payload);
  const entry = bytes === undefined ? null : entryOf(parseJson(bytes.toString()));
  if (payloadType !== PAYLOAD_TYPE)
    return rejected('malformed', entry, `its payload is no in-toto statement (not ${PAYLOAD_TYPE})`);
  if (bytes === undefined) return rejected('malformed', null, 'its payload is no base64');
  if (signatures.length === 0) return rejected('unsigned', entry, 'it carries no signature');
  const signedBy = signersOf(read.data, bytes, trusted);
  if (signedBy.length === 0) return unproven(read.data, entry, trusted);
  const payloadText = bytes.toString();
  const statement = parseJson(payloadText);
  // One text for one meaning: no member twice, no bytes that are no UTF-8.
  if (statement === undefined || !Buffer.from(canonicalJson(statement)).equals(bytes))
    return rejected('malformed', entry, 'its payload is no canonical JSON');
  const found = readStatement(statement);
  if ('defect' in found) return rejected('malformed', entry, found.defect);
  return { kind: 'receipt', receipt: found.receipt, signedBy };
}

/** What is really signed (DSSE v1, PAE): neither type nor length of the payload can be mistaken. */
export function preAuthenticationEncoding(type: string, body: Uint8Array): Buffer {
  const head = `DSSEv1 ${Buffer.byteLength(type)} ${type} ${body.length} `;
  return Buffer.concat([Buffer.from(head), body]);
}

/** Trusted keys that signed. A key id is only a hint and not looked at here (DSSE v1, KEYID). */
function signersOf(
  { payloadType, signatures }: Envelope,
  payload: Buffer,
  trusted: readonly string[],
): readonly string[] {
  const signed = preAuthenticationEncoding(payloadType, payload);
  const given = signatures.flatMap(({ sig }) => decodeBase64(sig) ?? []);
  return [...new Set(trusted)]
    .filter((key) => given.some((signature) => isSignedBy(signed, signature, key)))
    .map(receiptKeyIdOf);
}

function unproven({ signatures }: Envelope, entry: string | null, trusted: readonly string[]): OpenedReceipt {
  const known = new Set(trusted.map(receiptKeyIdOf));
  if (signatures.some(({ keyid }) => keyid !== undefined && known.has(keyid))) {
    const because = 'its signature does not fit its content: it was altered after it was signed, or forged';
    return rejected('altered', entry, because);
  }
  const named = signatures.flatMap(({ keyid = '' }) => (/^[0-9a-f]{64}$/.test(keyid) ? [keyid] : []));
  const keys = named.length === 0 ? 'a key without an id' : `key ${named.join(', ')}`;
  return rejected('untrusted-key', entry, `it is signed by ${keys}, which is not trusted`);
}

/** JSON, but no envelope: a receipt of an earlier osrel, or something that only looks like one. */
function notSealed(json: unknown): OpenedReceipt {
  const { suite, entry, schemaVersion, _type } = looseReceipt.catch({}).parse(json);
  if (schemaVersion === 1 && suite !== undefined)
    return rejected('unsigned', suite, 'it was written by an earlier osrel, which did not sign receipts');
  if (_type !== undefined || schemaVersion !== undefined)
    return rejected('unsigned', entry ?? entryOf(json), 'it carries no signature');
  return rejected('malformed', null, 'it is no signed envelope');
}

const name = z
  .string()
  .regex(/^[A-Za-z0-9][\w.-]{0,199}$/)
  .optional()
  .catch(undefined);
const looseReceipt = z.object({
  suite: name,
  entry: name,
  schemaVersion: z.number().optional().catch(undefined),
  _type: z.string().optional().catch(undefined),
});
const claim = z.object({ predicate: z.object({ osrelReceipt: z.object({ entry: name }) }) });

/** The entry that an unproven statement claims to be about; null when it does not say. */
function entryOf(statement: unknown): string | null {
  const read = claim.safeParse(statement);
  return read.success ? (read.data.predicate.osrelReceipt.entry ?? null) : null;
}

function rejected(defect: Defect['defect'], entry: string | null, because: string): OpenedReceipt {
  return { kind: 'rejected', defect, entry, because };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Both alphabets, as DSSE wants; nothing but the one text that encodes these bytes. */
function decodeBase64(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64');
  const isExact = bytes.toString('base64') === text || withPadding(bytes.toString('base64url')) === text;
  return isExact ? bytes : undefined;
}

function withPadding(text: string): string {
  return text.padEnd(Math.ceil(text.length / 4) * 4, '=');
}
