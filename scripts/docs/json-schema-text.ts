import { code } from './markdown.ts';
import type { JsonSchema } from './parse-json-schema.ts';

/** The type in a few words: `text`, `list of text`, `yes` or `no`. */
export function typeOf(schema: JsonSchema): string {
  const { choices, alternatives, items, additionalProperties, type } = schema.content;
  if (choices.length > 0)
    return choices.map((each) => code(JSON.stringify(each).replaceAll('"', ''))).join(', ');
  if (alternatives.length > 1) return [...new Set(alternatives.map(typeOf))].join(' or ');
  if (type === 'array')
    return items === undefined || typeOf(items) === 'any' ? 'list' : `list of ${typeOf(items)}`;
  if (type === 'object') return additionalProperties === undefined ? 'keys' : 'map by name';
  const words: Readonly<Record<string, string>> = {
    string: 'text',
    boolean: '`true`, `false`',
    integer: 'number',
    number: 'number',
    null: 'null',
  };
  return words[type] ?? 'any';
}

/** The same with "or null" where null may stand. */
export function typeWithNull(schema: JsonSchema): string {
  return schema.isNullable ? `${typeOf(schema)} or null` : typeOf(schema);
}
