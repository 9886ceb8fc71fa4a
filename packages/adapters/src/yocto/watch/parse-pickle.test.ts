import { afterEach, describe, expect, it, vi } from 'vitest';
import { isFields } from './event-fields.ts';
import { parsePickle } from './parse-pickle.ts';
import { PICKLED } from './test-pickles.ts';

const bytes = (...parts: (string | number[])[]): Buffer =>
  Buffer.concat(parts.map((part) => Buffer.from(part)));
const PROTO = [0x80, 4];

function parse(pickled: Uint8Array): Record<string, unknown> {
  const value = parsePickle(pickled);
  if (!isFields(value)) throw new Error('no object');
  return { ...value };
}

afterEach(() => vi.restoreAllMocks());

describe('parsePickle', () => {
  it.each([0, 1, 2, 3, 4, 5])('reads an object of protocol %i as plain values', (protocol) => {
    const read = parse(Buffer.from(PICKLED[protocol] ?? '', 'base64'));
    expect(read).toMatchObject({
      name: 'hello',
      pair: [1, 'two'],
      many: [1, 2, 3, 4],
      set: [7],
      frozen: [8],
      none: null,
      yes: true,
      no: false,
      half: 0.5,
      negative: -3,
      map: new Map([['k', [1, 2]]]),
    });
    expect({ ...(read.stats as object) }).toEqual({ total: 5, done: 2 });
    expect(read.order).toEqual(new Map([['a', 1]]));
    expect(read.when).toHaveProperty('madeOf');
  });

  it.each([1, 2, 3, 4, 5])(
    'reads text of protocol %i beyond ASCII, and an object that holds itself',
    (protocol) => {
      const value = parsePickle(Buffer.from(PICKLED[protocol] ?? '', 'base64'));
      expect(value).toMatchObject({ text: 'café 😀' });
      expect((value as { self: unknown }).self).toBe(value);
    },
  );

  it('prints nothing about numbers that JavaScript cannot hold', () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    const read = parse(Buffer.from(PICKLED[4] ?? '', 'base64'));
    expect(read.big).toBe(0);
    expect(warn).not.toHaveBeenCalled();
  });

  it('throws at every place where a pickle may be cut off', () => {
    const whole = Buffer.from(PICKLED[4] ?? '', 'base64');
    for (let end = 0; end < whole.length; end += 1)
      expect(() => parsePickle(whole.subarray(0, end)), `${end} bytes`).toThrow();
  });

  it('survives every single changed byte without hanging', () => {
    const whole = Buffer.from(PICKLED[2] ?? '', 'base64');
    for (let at = 0; at < whole.length; at += 1) {
      for (const value of [0x42, 0xff]) {
        const changed = Buffer.from(whole);
        changed[at] = value;
        try {
          parsePickle(changed);
        } catch (error) {
          expect(error).toBeInstanceOf(Error);
        }
      }
    }
  });

  it('calls nothing that a pickle names', () => {
    const pickled = bytes('cos\nsystem\n(S', "'touch /tmp/never'\n", 'tR.');
    expect(parsePickle(pickled)).toEqual({ madeOf: ['touch /tmp/never'] });
  });

  it('refuses a length below zero, which would send the reader back for ever', () => {
    expect(() => parsePickle(bytes(PROTO, 'B', [0xfb, 0xff, 0xff, 0xff], '.'))).toThrow(/length of -5/);
  });

  it('refuses to build texts of nested lists', () => {
    const doubled = Array.from({ length: 60 }, () => '(h\x00h\x00lq\x00').join('');
    expect(() => parsePickle(bytes(']q\x00', doubled, '(h\x00K\x01d.'))).toThrow(/dictionary/);
    expect(parsePickle(bytes(']q\x00', doubled, 'h\x00', [0x93], '.'))).toBeInstanceOf(Function);
  });

  it('refuses to copy a large list again and again', () => {
    const list = `(${'K\x01'.repeat(200_000)}tq\x00`;
    const again = 'cos\nx\nh\x00R'.repeat(2000);
    expect(() => parsePickle(bytes(list, again, '.'))).toThrow();
  });

  it('reads a number of a megabyte without adding it up', () => {
    const digits = Buffer.alloc(1_000_000, 0xff);
    const length = Buffer.alloc(4);
    length.writeUInt32LE(digits.length);
    expect(typeof parsePickle(Buffer.concat([Buffer.from([0x8b]), length, digits, Buffer.from('.')]))).toBe(
      'bigint',
    );
  });

  it('leaves prototypes alone whatever a state is called', () => {
    const pickled = bytes('cx\ny\n)', [0x81], '}X', [9, 0, 0, 0], '__proto__K\x01sb.');
    const value = parsePickle(pickled);
    expect(Object.getOwnPropertyDescriptor(value, '__proto__')?.value).toBe(1);
    expect({}).not.toHaveProperty('polluted');
  });

  it('refuses a pickle beyond 16 MiB', () => {
    expect(() => parsePickle(Buffer.alloc(16 * 1024 * 1024 + 1))).toThrow(/too large/);
  });
});
