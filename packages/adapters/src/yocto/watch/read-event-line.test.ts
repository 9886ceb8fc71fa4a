import { describe, expect, it } from 'vitest';
import { readEventLine } from './read-event-line.ts';
import { readVariables } from './read-variables.ts';
import { PICKLED } from './test-pickles.ts';

const line = (name: string, vars: unknown) => JSON.stringify({ class: name, vars }).replace('":"', '": "');
const wanted = new Map([
  ['bb.a', 'fields'],
  ['bb.b', 'name'],
] as const);

describe('readEventLine', () => {
  it('reads the fields of a wanted event', () => {
    const read = readEventLine(line('bb.a', PICKLED[4]), wanted);
    expect(read).toMatchObject({ kind: 'event', event: { name: 'bb.a', fields: { name: 'hello' } } });
  });

  it('reads base64 that is broken into lines, as Python writes it', () => {
    const broken = (PICKLED[4] ?? '').replace(/.{76}/g, '$&\n');
    expect(readEventLine(line('bb.a', broken), wanted)).toMatchObject({
      event: { fields: { name: 'hello' } },
    });
  });

  it('decodes nothing of an event whose name says enough, or that nobody wants', () => {
    expect(readEventLine(line('bb.b', 'no pickle'), wanted)).toEqual({
      kind: 'event',
      event: { name: 'bb.b', fields: {} },
    });
    expect(readEventLine(line('bb.c', 'no pickle'), wanted)).toEqual({ kind: 'skipped', name: 'bb.c' });
  });

  it.each([
    ['', 'empty'],
    ['{', 'cut'],
    ['{"class": "bb.a', 'cut in the name'],
    ['{"class": "bb.a", "vars": "gAQ', 'cut in the pickle'],
    [line('bb.a', 'gARL'), 'a pickle that is cut'],
    [line('bb.a', 'SzAu'), 'a number'],
    [line('bb.a', 7), 'no text'],
    [`{"class": "${'x'.repeat(1000)}"`, 'a name without end'],
    ['null', 'another document'],
  ])('says that a line is broken: %s (%s)', (broken) => {
    expect(readEventLine(broken, wanted).kind).toBe('broken');
  });

  it('never parses the line of all variables', () => {
    expect(readEventLine(`{"allvariables": {${'['.repeat(1_000_000)}`, wanted)).toEqual({
      kind: 'variables',
    });
  });
});

describe('readVariables', () => {
  const document = JSON.stringify({
    allvariables: {
      FAKE: { v: 'a "MACHINE": {"v": "wrong"} \\', history: [] },
      MACHINE: { v: 'pi "4"\n\\', history: [{ detail: 'MACHINE' }] },
      NOTHING: { v: null },
      TOKEN: { v: 'secret' },
    },
  }).replaceAll('":', '": ');

  it('finds exactly the values that were asked for', () => {
    expect(readVariables(document, ['MACHINE', 'NOTHING', 'ABSENT'])).toEqual({ MACHINE: 'pi "4"\n\\' });
  });

  it('gives nothing of a value that is cut off', () => {
    expect(readVariables('{"allvariables": {"A": {"v": "text\\', ['A'])).toEqual({});
  });
});
