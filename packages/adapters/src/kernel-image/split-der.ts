/** Elements of a DER sequence list, each with its header, or where the list breaks. */
export type SplitDer =
  | { readonly kind: 'elements'; readonly elements: readonly Buffer[] }
  | { readonly kind: 'malformed'; readonly because: string };

const SEQUENCE = 0x30;

/** Cuts bytes that hold one DER sequence behind the other, as the kernel keeps its certificates. */
export function splitDer(bytes: Buffer): SplitDer {
  const elements: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = sequenceLength(bytes, at);
    if (length === undefined || at + length > bytes.length) {
      return { kind: 'malformed', because: `no whole DER sequence at byte ${at} of ${bytes.length}` };
    }
    elements.push(bytes.subarray(at, at + length));
    at += length;
  }
  return { kind: 'elements', elements };
}

/** Bytes of the sequence that begins there, header included; undefined when none does. */
function sequenceLength(bytes: Buffer, at: number): number | undefined {
  const first = bytes[at + 1];
  if (bytes[at] !== SEQUENCE || first === undefined) return undefined;
  if (first < 0x80) return 2 + first;
  const digits = first & 0x7f;
  // Four bytes of length are more than any certificate; none at all is BER's open length, which DER does not know.
  if (digits === 0 || digits > 4 || at + 2 + digits > bytes.length) return undefined;
  return 2 + digits + bytes.readUIntBE(at + 2, digits);
}
