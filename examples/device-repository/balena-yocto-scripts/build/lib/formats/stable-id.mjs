import { createHash } from 'node:crypto';

/** A UUID (version 5 form) made from names: the same names give the same identifier on every machine. */
export function stableUuid(...names) {
  const bytes = createHash('sha256').update(names.join('\0')).digest().subarray(0, 16);
  bytes[6] = (bytes[6] & 0x0f) | 0x50;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

/** 32 bits made from names, for disk signatures and volume numbers; never zero. */
export function stableNumber(...names) {
  return createHash('sha256').update(names.join('\0')).digest().readUInt32LE(0) || 1;
}

export function sha256(bytes) {
  return createHash('sha256').update(bytes).digest('hex');
}
