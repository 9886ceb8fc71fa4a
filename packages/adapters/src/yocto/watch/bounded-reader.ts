import { BufferReader } from 'pickleparser';

/** Bytes of the largest pickle that is read; a big build's list of shared state is about 3 MB. */
export const MAX_PICKLE_BYTES = 16 * 1024 * 1024;

/** Bytes copied by opcodes that copy what they are given; a hostile pickle repeats them on one large list. */
const MAX_COPIED = 64 * 1024 * 1024;

const MARK = 40;
const DICT = 100;
const LONG1 = 138;
const LONG4 = 139;
/** REDUCE, BUILD, NEWOBJ, NEWOBJ_EX, INST, OBJ. */
const COPYING = new Set([82, 98, 129, 146, 105, 111]);

/**
 * The reader under the pickle parser, with what the parser leaves out: no length may be negative (one that is sends the
 * position back, and the parser would run and grow for ever), no number may be larger than 8 bytes (the parser's own way
 * of adding them up is quadratic) or beyond what a JavaScript number holds (the parser would print a warning; it reads
 * as 0), and what a pickle lets be copied is limited. Each of these throws or is defused here.
 */
export class BoundedReader extends BufferReader {
  #opcode = 0;
  #opcodeIsNext = false;
  #copied = 0;

  override hasNext(): boolean {
    // The parser asks once before each opcode.
    this.#opcodeIsNext = true;
    return super.hasNext();
  }

  override byte(): number {
    const value = super.byte();
    if (!this.#opcodeIsNext) return value;
    this.#opcodeIsNext = false;
    // With items, which Python never writes, the parser makes texts of its keys: nested lists of them fill the memory.
    if (value === DICT && this.#opcode !== MARK)
      throw new Error('the pickle holds a dictionary of a kind nobody writes');
    this.#opcode = value;
    if (COPYING.has(value)) this.#copied += this.position;
    if (this.#copied > MAX_COPIED) throw new Error('the pickle copies too much');
    return value;
  }

  override bytes(length: number): Uint8Array | Int8Array | Uint8ClampedArray {
    if (!(length >= 0)) throw new Error(`the pickle names a length of ${length}`);
    const read = super.bytes(length);
    if (this.#opcode === LONG4) return read.subarray(0, 8);
    return this.#opcode === LONG1 && !isSafe(read) ? read.subarray(0, 0) : read;
  }

  override uint64(): number {
    const low = this.uint32();
    const high = this.uint32();
    if (high >= 2 ** 21) throw new Error('the pickle names a length that no file has');
    return low + 2 ** 32 * high;
  }

  override skip(offset: number): void {
    if (!(offset >= 0)) throw new Error(`the pickle skips ${offset} bytes`);
    super.skip(offset);
  }
}

/** Little endian; above 53 bits a number is not exact. */
function isSafe(bytes: Uint8Array | Int8Array | Uint8ClampedArray): boolean {
  if (bytes.length > 8) return false;
  return bytes.length < 7 || ((bytes[6] ?? 0) < 32 && (bytes[7] ?? 0) === 0);
}
