import { z } from 'zod';
import { badConfig, type Problem } from '../errors/osrel-error.ts';
import { placesIn, problemsOfIssues } from './schema-problems.ts';

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
  /** The manifest that device-type.json holds; its keys keep the order they were built in. */
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
// Published device types have aliases with capitals, a plus sign or a space; no path and no option is made of them.
const aliasSchema = z.string().regex(/^[\p{L}\p{N}][\p{L}\p{N} ._+-]*$/u, 'needs a name without slashes');

const deviceTypeSchema = z.looseObject({
  slug: slugSchema,
  name: z.string().min(1, 'must not be empty'),
  arch: z.string().regex(/^[a-z0-9][a-z0-9_-]*$/, NAME_RULE),
  aliases: z.array(aliasSchema).optional(),
  state: z.string().nullish(),
  options: z.array(z.unknown()).optional(),
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
 * Reads the manifest of a device type, as the published library builds it from the file (balena-automation 1.15 and
 * 2.2). The slug defaults to the file's base name; `yocto.machine` and `yocto.deployArtifact` are required, all keys
 * pass through to `json`. Throws config `device-type.malformed` with every problem, each with the file and the key.
 */
export function parseDeviceType(raw: unknown, source: DeviceTypeSource): DeviceType {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) {
    throw malformed(source, [
      { at: source.file, message: 'needs a map of keys, such as name, arch and yocto' },
    ]);
  }
  const manifest: Readonly<Record<string, unknown>> = { slug: source.baseName, ...raw };
  const parsed = deviceTypeSchema.safeParse(manifest);
  if (parsed.success) return toDeviceType(parsed.data, source, manifest);
  throw malformed(source, problemsOfIssues(parsed.error.issues, { at: placesIn(source.file) }));
}

function toDeviceType(
  parsed: ParsedDeviceType,
  source: DeviceTypeSource,
  json: Readonly<Record<string, unknown>>,
): DeviceType {
  const { yocto } = parsed;
  return {
    slug: parsed.slug,
    name: parsed.name,
    arch: parsed.arch,
    aliases: parsed.aliases ?? [],
    state: parsed.state?.toUpperCase() || 'RELEASED',
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
