import { expect, it } from 'vitest';
import { formatSize } from './size.ts';

it.each([
  [0, '0 B'],
  [1023, '1023 B'],
  [1024, '1.0 KiB'],
  [1_468_006, '1.4 MiB'],
  [48 * 1024 ** 2, '48 MiB'],
  [1024 ** 3, '1.0 GiB'],
  [5000 * 1024 ** 4, '5000 TiB'],
])('%d bytes read as %s', (sizeBytes, text) => {
  expect(formatSize(sizeBytes)).toBe(text);
});
