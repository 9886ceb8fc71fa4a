import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRedactor } from './redactor.ts';

const SECRET = 'p4ss/wörd+\'quote" end';
const KEY = `-----BEGIN PRIVATE KEY-----\n${'MIIEvQIBADANBgkqhkiG9w0B'.repeat(2)}\nshort\n-----END PRIVATE KEY-----\n`;
const base64 = (text: string) => Buffer.from(text).toString('base64');

/** What the stream gives for these chunks, joined. */
function streamed(secrets: readonly string[], chunks: readonly string[]): string {
  const stream = createRedactor(secrets).stream();
  return chunks.map((chunk) => stream.push(chunk)).join('') + stream.end();
}

describe('createRedactor', () => {
  it('replaces every occurrence and nothing else', () => {
    const redactor = createRedactor([SECRET, 'hunter2']);

    expect(redactor.text(`a ${SECRET} b hunter2 hunter2, hunter`)).toBe('a *** b *** ***, hunter');
    expect(redactor.text('')).toBe('');
  });

  it.each([
    ['URL-encoded', encodeURIComponent(SECRET)],
    [
      'URL-encoded with lower-case digits',
      encodeURIComponent(SECRET).replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase()),
    ],
    ['form-encoded', new URLSearchParams({ k: SECRET }).toString().slice(2)],
    ['in JSON', JSON.stringify({ token: SECRET }).slice(10, -2)],
    ['in JSON inside JSON', JSON.stringify(JSON.stringify(SECRET)).slice(3, -3)],
    ['in JSON with escaped slashes', JSON.stringify(SECRET).slice(1, -1).replaceAll('/', '\\/')],
    ['in ASCII JSON', JSON.stringify(SECRET).slice(1, -1).replace('ö', '\\u00f6')],
    ['in base64', base64(SECRET)],
    ['in base64 without padding', base64(SECRET).replace(/=+$/, '')],
    ['in base64url', Buffer.from(SECRET).toString('base64url')],
  ])('knows the secret %s', (_, form) => {
    expect(createRedactor([SECRET]).text(`<${form}>`)).toBe('<***>');
  });

  it('leaves nothing of it at the end of a Basic authorization', () => {
    for (const user of ['a', 'ab', 'abc']) {
      expect(createRedactor([SECRET]).text(`Basic ${base64(`${user}:${SECRET}`)}`)).toMatch(
        /^Basic \S{1,7}\*\*\*$/,
      );
    }
  });

  it('knows the secret at any place inside a longer text in base64', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary-ascii' }),
        fc.string({ unit: 'binary-ascii' }),
        (before, after) => {
          const redacted = createRedactor([SECRET]).text(base64(before + SECRET + after));
          const [front = '', back = ''] = redacted.split('***');
          // At most one character on each side holds some bits of the secret.
          expect(redacted).toContain('***');
          expect(front.length).toBeLessThanOrEqual(Math.ceil((before.length * 4) / 3));
          expect(back.length).toBeLessThanOrEqual(Math.ceil((after.length * 4) / 3) + 4);
        },
      ),
    );
  });

  it('knows a secret of several lines as a whole and by its long lines', () => {
    const redactor = createRedactor([KEY]);
    const line = KEY.split('\n')[1] ?? '';

    expect(redactor.text(`key: ${KEY}.`)).toBe('key: ***\n.');
    expect(redactor.text(KEY.replaceAll('\n', '\r\n'))).toBe('***\r\n***\r\nshort\r\n***\r\n');
    expect(redactor.text(`KEY ${line} and ${base64(`x${line}`)}`)).not.toContain(line.slice(0, 12));
  });

  it('knows a secret whose file ends with a newline', () => {
    expect(createRedactor(['s3cret\n']).text('token s3cret!')).toBe('token ***!');
  });

  it('leaves no rest where secrets overlap, in one another or themselves', () => {
    const redactor = createRedactor(['abcdefgh', 'efghijkl', 'defghi', 'zzzzzz']);

    expect(redactor.text('-abcdefghijkl-')).toBe('-***-');
    expect(redactor.text(`-${'z'.repeat(20)}-`)).toBe('-***-');
    expect(redactor.text('-defghizzzzzz-')).toBe('-******-');
  });

  it('gives back secrets that are too short to be looked for', () => {
    const redactor = createRedactor(['short', '', '  abc   ', 'longer']);

    expect(redactor.ignored).toEqual(['short', '  abc   ']);
    expect(redactor.text('short abc longer')).toBe('short abc ***');
  });

  it('leaves text alone when there is no secret', () => {
    expect(createRedactor([]).text('any text')).toBe('any text');
    expect(streamed([], ['any ', 'text'])).toBe('any text');
  });
});

describe('the stream of a redactor', () => {
  const secrets = [SECRET, KEY, 'aaaaaa', 'aaaaaaab', 'hunter2'];
  const samples = [
    `x ${SECRET} y ${base64(`user:${SECRET}`)} z`,
    `<${encodeURIComponent(SECRET)}>${JSON.stringify(SECRET)}`,
    `--${KEY}--`,
    `${'a'.repeat(17)}b aaaaa aaaaab hunter2hunter2 hunter`,
  ];

  it.each(samples)(
    'gives the same as the whole text for a cut at every place, and every pair of places, of %j',
    (sample) => {
      const whole = createRedactor(secrets).text(sample);
      const stream = createRedactor(secrets).stream();
      for (let first = 0; first <= sample.length; first += 1) {
        for (const second of [first, first + 1, first + 7, sample.length]) {
          const chunks = [sample.slice(0, first), sample.slice(first, second), sample.slice(second)];
          const joined = chunks.map((chunk) => stream.push(chunk)).join('') + stream.end();
          expect(joined, `cut at ${first} and ${second}`).toBe(whole);
        }
      }
    },
  );

  it('gives the same as the whole text for any text in any chunks', () => {
    const piece = fc.constantFrom(
      'aaa',
      'aaaaaa',
      'b',
      'hunter',
      '2',
      SECRET.slice(0, 9),
      SECRET.slice(9),
      '-----',
      KEY,
      ' ',
      base64(SECRET),
    );
    fc.assert(
      fc.property(fc.array(piece), fc.array(fc.nat(9), { minLength: 1 }), (pieces, sizes) => {
        const text = pieces.join('');
        const chunks: string[] = [];
        for (let at = 0, turn = 0; at < text.length; turn += 1) {
          const size = (sizes[turn % sizes.length] ?? 0) + (turn % 2);
          chunks.push(text.slice(at, at + size));
          at += size;
        }
        expect(streamed(secrets, chunks)).toBe(createRedactor(secrets).text(text));
      }),
    );
  });

  it('never gives a part of a secret in one-character chunks', () => {
    expect(streamed(['hunter2'], [...'my hunter2, your hunter'])).toBe('my ***, your hunter');
  });

  it('holds nothing back that cannot become a secret', () => {
    const stream = createRedactor([KEY, 'hunter2']).stream();

    expect(stream.push('NOTE: task done\n')).toBe('NOTE: task done\n');
    expect(stream.push('the hunt')).toBe('the ');
    expect(stream.push('ing')).toBe('hunting');
    expect(stream.push('hunter2')).toBe('***');
  });
});
