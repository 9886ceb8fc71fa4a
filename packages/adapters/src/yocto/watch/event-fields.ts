/** Reads one value of an event's fields, whatever was logged there. */
export interface EventFields {
  readonly [name: string]: unknown;
}

export function isFields(value: unknown): value is EventFields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Map);
}

/** The text of that field; undefined when it is none. */
export function textOf(fields: EventFields, name: string): string | undefined {
  const value = fields[name];
  return typeof value === 'string' ? value : undefined;
}

/** The number of that field; undefined when it is none, or not finite. */
export function numberOf(fields: EventFields, name: string): number | undefined {
  const value = fields[name];
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

/** The object or dictionary of that field; empty when it is none. */
export function fieldsOf(fields: EventFields, name: string): EventFields {
  const value = fields[name];
  if (value instanceof Map) return Object.fromEntries(value);
  return isFields(value) ? value : {};
}

/** The list of that field; empty when it is none. */
export function listOf(fields: EventFields, name: string): readonly unknown[] {
  const value = fields[name];
  return Array.isArray(value) ? value : [];
}
