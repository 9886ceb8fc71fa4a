/** A schema of OpenAPI 3.0, as far as GitHub's description uses it; an unknown keyword is an error. */
export type Schema = Readonly<Record<string, unknown>>;

/** Keywords that say nothing about validity here. */
const REMARKS = new Set([
  'title',
  'description',
  'example',
  'examples',
  'default',
  'deprecated',
  'readOnly',
  'writeOnly',
  'externalDocs',
  'format',
  'discriminator',
  'nullable',
]);

/** How each keyword finds problems; all are called with a value that is not null. */
const KEYWORDS: Readonly<
  Record<string, (value: unknown, schema: Schema, at: string, check: Check) => string[]>
> = {
  type: (value, { type }, at) =>
    isOfType(value, String(type)) ? [] : [`${at}: is no ${String(type)}: ${JSON.stringify(value)}`],
  enum: (value, schema, at) =>
    (schema.enum as unknown[]).includes(value) ? [] : [`${at}: ${JSON.stringify(value)} is none of the enum`],
  required: (value, schema, at) =>
    !isRecord(value)
      ? []
      : (schema.required as string[])
          .filter((key) => !(key in value))
          .map((key) => `${at}.${key}: is missing`),
  properties: (value, schema, at, check) =>
    !isRecord(value)
      ? []
      : Object.entries(schema.properties as Record<string, Schema>).flatMap(([key, inner]) =>
          key in value ? check(value[key], inner, `${at}.${key}`) : [],
        ),
  additionalProperties: (value, schema, at, check) => {
    if (!isRecord(value) || schema.additionalProperties === true) return [];
    const known = Object.keys((schema.properties ?? {}) as object);
    const others = Object.entries(value).filter(([key]) => !known.includes(key));
    if (schema.additionalProperties === false) return others.map(([key]) => `${at}.${key}: is not known`);
    return others.flatMap(([key, each]) =>
      check(each, schema.additionalProperties as Schema, `${at}.${key}`),
    );
  },
  items: (value, schema, at, check) =>
    Array.isArray(value)
      ? value.flatMap((each, index) => check(each, schema.items as Schema, `${at}[${index}]`))
      : [],
  minLength: (value, { minLength }, at) =>
    typeof value === 'string' && value.length < Number(minLength) ? [`${at}: is too short`] : [],
  maxLength: (value, { maxLength }, at) =>
    typeof value === 'string' && value.length > Number(maxLength) ? [`${at}: is too long`] : [],
  pattern: (value, { pattern }, at) =>
    typeof value === 'string' && !new RegExp(String(pattern)).test(value) ? [`${at}: has another form`] : [],
  minimum: (value, { minimum }, at) =>
    typeof value === 'number' && value < Number(minimum) ? [`${at}: is too small`] : [],
  maximum: (value, { maximum }, at) =>
    typeof value === 'number' && value > Number(maximum) ? [`${at}: is too large`] : [],
  minItems: (value, { minItems }, at) =>
    Array.isArray(value) && value.length < Number(minItems) ? [`${at}: has too few items`] : [],
  maxItems: (value, { maxItems }, at) =>
    Array.isArray(value) && value.length > Number(maxItems) ? [`${at}: has too many items`] : [],
  allOf: (value, schema, at, check) => (schema.allOf as Schema[]).flatMap((inner) => check(value, inner, at)),
  anyOf: (value, schema, at, check) => one(value, schema.anyOf as Schema[], at, check),
  // Descriptions overlap: more than one fitting is no lie.
  oneOf: (value, schema, at, check) => one(value, schema.oneOf as Schema[], at, check),
};

type Check = (value: unknown, schema: Schema, at: string) => string[];

/** Problems of a value, each with its place; empty: it is as described. `components` holds what `$ref`s name. */
export function checkSchema(value: unknown, schema: Schema, components: Schema): readonly string[] {
  const check: Check = (inner, written, at) => {
    const described = resolveSchema(written, components);
    if (inner === null && (described.nullable === true || described.type === 'null')) return [];
    return Object.keys(described)
      .filter((keyword) => !REMARKS.has(keyword) && !keyword.startsWith('x-'))
      .flatMap((keyword) => {
        const rule = KEYWORDS[keyword];
        if (rule === undefined) throw new Error(`the validator does not know the keyword ${keyword} (${at})`);
        return rule(inner, described, at, check);
      });
  };
  return check(value, schema, '$');
}

/** The schema behind a reference such as `#/components/schemas/commit`. */
export function resolveSchema(schema: Schema, components: Schema): Schema {
  const { $ref } = schema;
  if (typeof $ref !== 'string') return schema;
  const [, , section = '', name = ''] = $ref.split('/');
  const found = (components[section] as Record<string, Schema> | undefined)?.[name];
  if (found === undefined) throw new Error(`${$ref} is not in the description`);
  return resolveSchema(found, components);
}

function one(value: unknown, schemas: readonly Schema[], at: string, check: Check): string[] {
  const tried = schemas.map((inner) => check(value, inner, at));
  const [first = []] = tried.toSorted((a, b) => a.length - b.length);
  return first.length === 0 ? [] : [`${at}: fits no alternative (${first[0]})`];
}

function isOfType(value: unknown, type: string): boolean {
  switch (type) {
    case 'integer':
      return Number.isInteger(value);
    case 'array':
      return Array.isArray(value);
    case 'object':
      return isRecord(value);
    default:
      return typeof value === type;
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
