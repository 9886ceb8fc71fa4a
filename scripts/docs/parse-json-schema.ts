/** The part of a JSON schema that the reference pages show. */
export interface JsonSchema {
  readonly type: string;
  readonly description: string;
  readonly properties: Readonly<Record<string, JsonSchema>>;
  readonly required: readonly string[];
  /** Values of a map; undefined where there is none. */
  readonly additionalProperties: JsonSchema | undefined;
  readonly items: JsonSchema | undefined;
  readonly choices: readonly unknown[];
  readonly alternatives: readonly JsonSchema[];
  readonly isNullable: boolean;
  /** The schema itself, or the only alternative that is not null. */
  readonly content: JsonSchema;
}

/** Reads a JSON schema as zod writes it. */
export function parseJsonSchema(raw: unknown): JsonSchema {
  const found = isRecord(raw) ? raw : {};
  const types = (typeof found.type === 'string' ? [found.type] : listOf(found.type)).map(String);
  const alternatives = listOf(found.anyOf ?? found.oneOf).map(parseJsonSchema);
  const others = alternatives.filter((each) => each.type !== 'null');
  const parsed = {
    type: types.find((type) => type !== 'null') ?? types[0] ?? '',
    description: typeof found.description === 'string' ? found.description : '',
    properties: isRecord(found.properties)
      ? Object.fromEntries(
          Object.entries(found.properties).map(([name, each]) => [name, parseJsonSchema(each)]),
        )
      : {},
    required: listOf(found.required).map(String),
    additionalProperties: isRecord(found.additionalProperties)
      ? parseJsonSchema(found.additionalProperties)
      : undefined,
    items: isRecord(found.items) ? parseJsonSchema(found.items) : undefined,
    choices: 'const' in found ? [found.const] : listOf(found.enum),
    alternatives: others,
    isNullable: others.length < alternatives.length || (types.length > 1 && types.includes('null')),
  };
  const [only] = others;
  if (only !== undefined && others.length === 1) return { ...parsed, content: only.content };
  const self: JsonSchema = {
    ...parsed,
    get content() {
      return self;
    },
  };
  return self;
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
