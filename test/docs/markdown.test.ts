import { describe, expect, it } from 'vitest';
import { typeOf, typeWithNull } from '../../scripts/docs/json-schema-text.ts';
import { code, page, table } from '../../scripts/docs/markdown.ts';
import { parseJsonSchema } from '../../scripts/docs/parse-json-schema.ts';

describe('a generated table', () => {
  it('keeps bars and line ends inside their cell', () => {
    expect(table(['a', 'b'], [['x | y', 'one\n  two']])).toBe(
      '| a | b |\n| --- | --- |\n| x \\| y | one two |',
    );
  });

  it('is nothing without rows', () => {
    expect(table(['a'], [])).toBe('');
  });
});

describe('a generated page', () => {
  it('has its title first, then how it is made, and no empty part', () => {
    expect(page('Title', '', 'text')).toBe('# Title\n\n<!-- made by: npm run docs -->\n\ntext\n');
  });

  it('quotes a backtick', () => {
    expect(code('a`b')).toBe('`` a`b ``');
  });
});

describe('a type in words', () => {
  it.each([
    [{ type: 'string' }, 'text'],
    [{ type: ['string', 'null'] }, 'text or null'],
    [{ anyOf: [{ type: 'number' }, { type: 'null' }] }, 'number or null'],
    [{ anyOf: [{ type: 'boolean' }, { type: 'string' }] }, '`true`, `false` or text'],
    [{ type: 'array', items: { type: 'string' } }, 'list of text'],
    [{ type: 'array', items: {} }, 'list'],
    [{ enum: ['yes', 'no'] }, '`yes`, `no`'],
    [{ const: 1 }, '`1`'],
    [{ type: 'object', additionalProperties: { type: 'string' } }, 'map by name'],
    [{ type: 'object', properties: {} }, 'keys'],
    [{}, 'any'],
  ])('%j is %s', (schema, words) => {
    expect(typeWithNull(parseJsonSchema(schema))).toBe(words);
  });

  it('says nothing of null where it is not asked', () => {
    expect(typeOf(parseJsonSchema({ type: ['number', 'null'] }))).toBe('number');
  });
});
