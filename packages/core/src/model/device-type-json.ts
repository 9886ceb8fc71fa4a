/** A device type as its file declares it, after the slug was settled. */
export type DeviceTypeDefinition = Readonly<Record<string, unknown>>;

export interface GeneratedDeviceType {
  readonly json: Readonly<Record<string, unknown>>;
  /** Key path and template variable for each variable that nothing defines. */
  readonly unknownVariables: readonly { readonly path: readonly PropertyKey[]; readonly variable: string }[];
}

const TEMPLATE_VARIABLE = /<%[=-]?\s*([A-Za-z_]\w*)\s*%>|\$\{\s*([A-Za-z_]\w*)\s*\}/g;

const ADVANCED_OPTIONS = {
  isGroup: true,
  isCollapsible: true,
  collapsed: true,
  name: 'advanced',
  message: 'Advanced',
  options: [
    {
      message: 'Check for updates every X minutes',
      name: 'appUpdatePollInterval',
      type: 'number',
      min: 10,
      default: 10,
    },
  ],
} as const;

/**
 * The content of device-type.json (balena-automation 1.15): slug first, instructions filled in, state in capitals
 * and, unless RELEASED, appended to the name, the shared "advanced" group appended to the options. A definition
 * that was generated already comes out unchanged.
 */
export function generateDeviceTypeJson(definition: DeviceTypeDefinition): GeneratedDeviceType {
  const unknownVariables: { path: readonly PropertyKey[]; variable: string }[] = [];
  const fill = (value: unknown, path: readonly PropertyKey[]): unknown => {
    if (Array.isArray(value)) return value.map((item, index) => fill(item, [...path, index]));
    if (isRecord(value)) return mapRecord(value, (item, key) => fill(item, [...path, key]));
    if (typeof value !== 'string') return value;
    return value.replaceAll(TEMPLATE_VARIABLE, (match, first?: string, second?: string) => {
      const variable = first ?? second ?? '';
      const filled = variableValue(definition, variable, path);
      if (filled !== undefined) return filled;
      unknownVariables.push({ path, variable });
      return match;
    });
  };
  const instructions = mapPresent(definition, ['instructions', 'stateInstructions'], fill);
  const json = {
    ...definition,
    ...instructions,
    ...stateAndName(definition),
    options: withAdvanced(definition),
  };
  return { json, unknownVariables };
}

// TYPE_NAME is the bare name: upstream fills instructions before it appends the state.
function variableValue(
  definition: DeviceTypeDefinition,
  variable: string,
  path: readonly PropertyKey[],
): string | undefined {
  if (variable === 'TYPE_NAME') return String(definition.name ?? '');
  if (variable === 'TYPE_SLUG') return String(definition.slug ?? '');
  if (variable !== 'GETTING_STARTED_LINK') return undefined;
  const link = definition.gettingStartedLink;
  if (!isRecord(link)) return String(link ?? '');
  const system = path.find((key) => typeof key === 'string' && key in link);
  return system === undefined ? '' : String(link[String(system)]);
}

function stateAndName(definition: DeviceTypeDefinition): Readonly<Record<string, unknown>> {
  const { state, name } = definition;
  if (typeof state !== 'string' || state === '') return {};
  const upper = state.toUpperCase();
  const suffix = ` (${upper})`;
  if (upper === 'RELEASED' || typeof name !== 'string' || name.endsWith(suffix)) return { state: upper };
  return { state: upper, name: name + suffix };
}

function withAdvanced(definition: DeviceTypeDefinition): readonly unknown[] {
  const options: readonly unknown[] = Array.isArray(definition.options) ? definition.options : [];
  const isThere = options.some((option) => isRecord(option) && option.name === ADVANCED_OPTIONS.name);
  return isThere ? options : [...options, ADVANCED_OPTIONS];
}

function mapPresent(
  definition: DeviceTypeDefinition,
  keys: readonly string[],
  change: (value: unknown, path: readonly PropertyKey[]) => unknown,
): Readonly<Record<string, unknown>> {
  const present = keys.filter((key) => definition[key] !== undefined);
  return Object.fromEntries(present.map((key) => [key, change(definition[key], [key])]));
}

function mapRecord(
  record: Readonly<Record<string, unknown>>,
  change: (value: unknown, key: string) => unknown,
): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value, key)]));
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
