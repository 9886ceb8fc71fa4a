import { z } from 'zod';
import { writtenConfigSchema } from './written-config.ts';

/** The JSON schema of osrel.yml (draft 2020-12) as text with two spaces of indent and one newline at the end. */
export function renderConfigSchema(): string {
  const { $schema, ...schema } = z.toJSONSchema(writtenConfigSchema, { io: 'input' });
  const titled = { $schema, title: 'osrel.yml', description: 'Configuration of osrel.', ...schema };
  return `${JSON.stringify(titled, null, 2)}\n`;
}

/** The keys that the schema knows at a key path; empty where any key may stand. */
export function listKnownKeys(path: readonly PropertyKey[]): readonly string[] {
  const found = path.reduce<unknown>((schema, key) => childOf(unwrapped(schema), key), writtenConfigSchema);
  const schema = unwrapped(found);
  return schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
}

function childOf(schema: unknown, key: PropertyKey): unknown {
  if (schema instanceof z.ZodObject)
    return Object.hasOwn(schema.shape, key) ? schema.shape[String(key)] : undefined;
  if (schema instanceof z.ZodRecord) return schema.valueType;
  if (schema instanceof z.ZodArray) return schema.element;
  return undefined;
}

function unwrapped(schema: unknown): unknown {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable) return unwrapped(schema.unwrap());
  // Of several forms of a value only a map has keys.
  if (schema instanceof z.ZodUnion)
    return schema.options.map(unwrapped).find((option: unknown) => option instanceof z.ZodObject);
  return schema;
}
