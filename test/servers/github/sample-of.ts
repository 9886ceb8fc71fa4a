import { resolveSchema, type Schema } from './check-schema.ts';

/** The smallest value that a schema describes: required properties only, each as empty as it may be. */
export function sampleOf(written: Schema, components: Schema): unknown {
  const schema = resolveSchema(written, components);
  return schema.nullable === true ? null : sampleFilled(schema, components);
}

/** The same of something that is there, also where it might be null. */
export function sampleFilled(written: Schema, components: Schema): unknown {
  const schema = resolveSchema(written, components);
  for (const key of ['allOf', 'anyOf', 'oneOf']) {
    const [first] = (schema[key] as Schema[] | undefined) ?? [];
    if (first !== undefined) return sampleOf(first, components);
  }
  const [word] = (schema.enum as unknown[] | undefined) ?? [];
  if (word !== undefined) return word;
  switch (schema.type) {
    case 'array':
      return [];
    case 'integer':
    case 'number':
      return 0;
    case 'boolean':
      return false;
    case 'string':
      return textOf(schema.format);
    default:
      return sampleObject(schema, components);
  }
}

function sampleObject(schema: Schema, components: Schema): unknown {
  const properties = (schema.properties ?? {}) as Readonly<Record<string, Schema>>;
  const required = (schema.required ?? []) as readonly string[];
  return Object.fromEntries(required.map((key) => [key, sampleOf(properties[key] ?? {}, components)]));
}

function textOf(format: unknown): string {
  if (format === 'date-time') return '2026-01-01T00:00:00Z';
  return format === 'uri' ? 'https://github.example/' : 'text';
}
