/** Far above any document that a registry or an API sends; without it a confused server could fill the memory. */
const MOST_BYTES = 256 * 1024 * 1024;

/** A reply's whole body. Throws when the connection is cut before its end, and for more than `mostBytes`. */
export async function readBytes(
  body: AsyncIterable<Uint8Array>,
  mostBytes: number = MOST_BYTES,
): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const part of body) {
    sizeBytes += part.length;
    if (sizeBytes > mostBytes) throw new Error(`the reply has more than ${mostBytes} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts);
}

/** The first bytes of a reply, about `enoughBytes` of them; the rest is not waited for. */
export async function readStart(body: AsyncIterable<Uint8Array>, enoughBytes: number): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const part of body) {
    parts.push(part);
    sizeBytes += part.length;
    if (sizeBytes >= enoughBytes) break;
  }
  return Buffer.concat(parts);
}
