/** A kind of CRC, reflected, whose parts can be put together without reading the bytes again. */
export interface CrcKind {
  readonly bits: number;
  /** Reflected. */
  readonly polynomial: bigint;
}

export const CRC64_NVME: CrcKind = { bits: 64, polynomial: 0x9a6c9329ac4bc9b5n };
export const CRC32: CrcKind = { bits: 32, polynomial: 0xedb88320n };

/** A linear map over bits: what becomes of each single bit. */
type Matrix = readonly bigint[];

const known = new Map<string, Matrix>();

/**
 * CRC of two texts one after the other, from the CRC of each.
 *
 * @param lengthBytes length of the second
 */
export function combineCrc(kind: CrcKind, first: bigint, second: bigint, lengthBytes: number): bigint {
  return lengthBytes === 0 ? first : apply(zeroBytes(kind, lengthBytes), first) ^ second;
}

/** What so many zero bytes do to a CRC; remembered, because parts are mostly of one size. */
function zeroBytes(kind: CrcKind, count: number): Matrix {
  const name = `${kind.bits} ${count}`;
  const found = known.get(name);
  if (found !== undefined) return found;
  let power = zeroByte(kind);
  let result: Matrix | undefined;
  for (let rest = count; rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) result = result === undefined ? power : multiply(power, result);
    power = multiply(power, power);
  }
  const made = result ?? power;
  known.set(name, made);
  return made;
}

function zeroByte({ bits, polynomial }: CrcKind): Matrix {
  return Array.from({ length: bits }, (_, index) => {
    let crc = 1n << BigInt(index);
    for (let bit = 0; bit < 8; bit += 1) crc = (crc & 1n) === 1n ? (crc >> 1n) ^ polynomial : crc >> 1n;
    return crc;
  });
}

/** First `right`, then `left`. */
function multiply(left: Matrix, right: Matrix): Matrix {
  return right.map((column) => apply(left, column));
}

function apply(matrix: Matrix, vector: bigint): bigint {
  let result = 0n;
  let rest = vector;
  for (let index = 0; rest !== 0n; index += 1, rest >>= 1n) {
    if ((rest & 1n) === 1n) result ^= matrix[index] ?? 0n;
  }
  return result;
}
