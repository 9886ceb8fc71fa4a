import { z } from 'zod';
import { badConfig, type Problem } from '../errors/osrel-error.ts';
import { generateDeviceTypeJson } from './device-type-json.ts';
import { formatPlace, placesIn, problemsOfIssues } from './schema-problems.ts';

/** What is imaged: nothing for `edge` and `docker-image`, a folder for `archive`. */
export type ImageKind = 'standard' | 'edge' | 'docker-image' | 'archive';

export interface DeviceType {
  /** The balena device type; names the application and the folder in the object store. */
  readonly slug: string;
  /** As shown to people, with the state appended unless RELEASED. */
  readonly name: string;
  readonly arch: string;
  readonly aliases: readonly string[];
  /** Upper case; RELEASED where the file names none. */
  readonly state: string;
  /** Yocto's MACHINE. */
  readonly machine: string;
  /** Yocto's image recipe. */
  readonly image: string;
  readonly fstype: string;
  /** File or folder name in the machine's deploy folder. */
  readonly deployArtifact: string;
  readonly deployFlasherArtifact?: string;
  readonly deployRawArtifact?: string;
  readonly imageKind: ImageKind;
  /** File name without its ending: the DEVICE_TYPE variable of a build. */
  readonly fileBaseName: string;
  /** Everything that goes into device-type.json. */
  readonly json: Readonly<Record<string, unknown>>;
}

export interface DeviceTypeSource {
  /** File name for messages. */
  readonly file: string;
  /** File name without its ending. */
  readonly baseName: string;
}

const NAME_RULE =
  'needs lower-case letters, digits, dot, dash or underscore, beginning with a letter or digit';
const slugSchema = z.string().regex(/^[a-z0-9][a-z0-9_.-]*$/, NAME_RULE);
const fileSchema = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9_.+-]*$/, 'needs a plain file name without folders');
const linesSchema = z.union(
  [z.array(z.string()), z.record(z.string(), z.unknown())],
  'needs a list of lines or a map of them',
);

const deviceTypeSchema = z.looseObject({
  slug: slugSchema,
  name: z.string().min(1, 'must not be empty'),
  arch: z.string().regex(/^[a-z0-9][a-z0-9_-]*$/, NAME_RULE),
  aliases: z.array(slugSchema).optional(),
  state: z.string().optional(),
  options: z.array(z.unknown()).optional(),
  instructions: linesSchema.optional(),
  stateInstructions: z.record(z.string(), z.unknown()).optional(),
  yocto: z.looseObject({
    machine: slugSchema,
    deployArtifact: fileSchema,
    image: fileSchema.optional(),
    fstype: z.string().min(1, 'must not be empty').optional(),
    deployFlasherArtifact: fileSchema.optional(),
    deployRawArtifact: fileSchema.optional(),
    archive: z.union([z.boolean(), z.enum(['true', 'false'])]).optional(),
  }),
});

type ParsedDeviceType = z.infer<typeof deviceTypeSchema>;

/**
 * Reads what a device type file of a repository evaluates to (balena-automation 1.15 and 2.2). The slug defaults
 * to the file's base name; `yocto.machine` and `yocto.deployArtifact` are required, other keys pass through to
 * `json`. Throws config `device-type.malformed` with every problem, each with the file and the key.
 */
export function parseDeviceType(raw: unknown, source: DeviceTypeSource): DeviceType {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) {
    throw malformed(source, [
      { at: source.file, message: 'needs a map of keys, such as name, arch and yocto' },
    ]);
  }
  const definition: Readonly<Record<string, unknown>> = { slug: source.baseName, ...raw };
  const parsed = deviceTypeSchema.safeParse(definition);
  const generated = generateDeviceTypeJson(definition);
  const problems = [
    ...(parsed.success ? [] : problemsOfIssues(parsed.error.issues, { at: placesIn(source.file) })),
    ...generated.unknownVariables.map(({ path, variable }) => ({
      at: formatPlace(source.file, path),
      message: `unknown template variable ${variable}; known are TYPE_NAME, TYPE_SLUG, GETTING_STARTED_LINK`,
    })),
  ];
  if (!parsed.success || problems.length > 0) throw malformed(source, problems);
  return toDeviceType(parsed.data, source, generated.json);
}

function toDeviceType(
  parsed: ParsedDeviceType,
  source: DeviceTypeSource,
  json: Readonly<Record<string, unknown>>,
): DeviceType {
  const { yocto } = parsed;
  return {
    slug: parsed.slug,
    name: String(json.name),
    arch: parsed.arch,
    aliases: parsed.aliases ?? [],
    state: parsed.state === undefined || parsed.state === '' ? 'RELEASED' : parsed.state.toUpperCase(),
    machine: yocto.machine,
    image: yocto.image ?? 'balena-image',
    fstype: yocto.fstype ?? 'balenaos-img',
    deployArtifact: yocto.deployArtifact,
    ...(yocto.deployFlasherArtifact === undefined
      ? {}
      : { deployFlasherArtifact: yocto.deployFlasherArtifact }),
    ...(yocto.deployRawArtifact === undefined ? {} : { deployRawArtifact: yocto.deployRawArtifact }),
    imageKind: imageKindOf(parsed),
    fileBaseName: source.baseName,
    json,
  };
}

function imageKindOf({ slug, yocto }: ParsedDeviceType): ImageKind {
  if (slug === 'edge') return 'edge';
  if (yocto.deployArtifact === 'docker-image') return 'docker-image';
  return yocto.archive === true || yocto.archive === 'true' ? 'archive' : 'standard';
}

function malformed(source: DeviceTypeSource, problems: readonly Problem[]) {
  const message = `device type file ${source.file} has ${problems.length} problem(s)`;
  return badConfig('device-type.malformed', message, {
    hint: `correct the keys named here in ${source.file}`,
    problems,
  });
}
