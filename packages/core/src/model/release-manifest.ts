import { z } from 'zod';
import { integrityBroken } from '../errors/osrel-error.ts';
import { type Artifact, artifactSchema } from './artifact.ts';
import { canonicalJsonText } from './json.ts';
import { placesIn, problemsOfIssues } from './schema-problems.ts';

/** The commit of the device repository that a release was built from. */
export interface ReleaseSource {
  /** `owner/name` at the code host, or another name of the repository. */
  readonly repository: string;
  /** Full commit id. */
  readonly sha: string;
  /** Id of the commit's git tree: commits with the same tree hold the same files, submodules included. */
  readonly tree?: string;
  /** Branch or tag that was built, where there was one. */
  readonly ref?: string;
  /** True when the work tree had changes that the commit does not have. */
  readonly dirty?: boolean;
  /** Version of meta-balena the release is based on. */
  readonly metaBalenaBase?: string;
}

/** What a release consists of: written last, from receipts only. */
export interface ReleaseManifest {
  readonly schemaVersion: 1;
  readonly system: string;
  readonly machine: string;
  readonly slug: string;
  /** Canonical version, without `v`. */
  readonly version: string;
  readonly esr: boolean;
  readonly source: ReleaseSource;
  readonly files: readonly Artifact[];
  /** Hex sha256 of what besides the source decided the bytes: front end, container, targets, settings, services. */
  readonly builder?: string;
  /** The plan whose run produced it. */
  readonly planId?: string;
}

const manifestSchema = z.strictObject({
  schemaVersion: z.literal(1),
  system: z.string().min(1),
  machine: z.string().min(1),
  slug: z.string().min(1),
  version: z.string().min(1),
  esr: z.boolean(),
  source: z.strictObject({
    repository: z.string().min(1),
    sha: z.string().regex(/^([0-9a-f]{40}|[0-9a-f]{64})$/, 'needs a full commit id'),
    tree: z
      .string()
      .regex(/^([0-9a-f]{40}|[0-9a-f]{64})$/, 'needs a full tree id')
      .optional(),
    ref: z.string().min(1).optional(),
    dirty: z.boolean().optional(),
    metaBalenaBase: z.string().min(1).optional(),
  }),
  files: z.array(artifactSchema).superRefine((files, check) => {
    for (const [index, file] of files.entries()) {
      if (files.findIndex((other) => other.name === file.name) === index) continue;
      check.addIssue({ code: 'custom', path: [index, 'name'], message: `"${file.name}" is listed twice` });
    }
  }),
  builder: z
    .string()
    .regex(/^[0-9a-f]{64}$/, 'needs 64 lower-case hex digits')
    .optional(),
  planId: z.string().min(1).optional(),
});

const KNOWN_KEYS = [
  ...Object.keys(manifestSchema.shape),
  ...Object.keys(manifestSchema.shape.source.shape),
  ...Object.keys(artifactSchema.shape),
];

/**
 * Reads parsed JSON as a release manifest; `where` names the file in messages.
 * Throws integrity `release-manifest.malformed` with every problem: the manifest vouches for bytes, so one that
 * cannot be read is not a typing mistake.
 */
export function parseReleaseManifest(raw: unknown, where: string): ReleaseManifest {
  const parsed = manifestSchema.safeParse(raw);
  if (parsed.success) return withoutUndefined(parsed.data);
  const problems = problemsOfIssues(parsed.error.issues, { at: placesIn(where), knownKeys: KNOWN_KEYS });
  throw integrityBroken(
    'release-manifest.malformed',
    `${where} is no release manifest: ${problems.length} problem(s)`,
    {
      hint: 'fetch the file again, or write it again from the release it belongs to',
      problems,
    },
  );
}

/** The text of release-manifest.json: files by name, sorted keys, stable bytes. */
export function renderReleaseManifest(manifest: ReleaseManifest): string {
  return canonicalJsonText({
    ...manifest,
    files: manifest.files.toSorted((a, b) => (a.name < b.name ? -1 : 1)),
  });
}

type Parsed = z.infer<typeof manifestSchema>;

function withoutUndefined(parsed: Parsed): ReleaseManifest {
  const { planId, builder, source, files, ...rest } = parsed;
  const { tree, ref, dirty, metaBalenaBase, ...origin } = source;
  return {
    ...rest,
    source: {
      ...origin,
      ...(tree === undefined ? {} : { tree }),
      ...(ref === undefined ? {} : { ref }),
      ...(dirty === undefined ? {} : { dirty }),
      ...(metaBalenaBase === undefined ? {} : { metaBalenaBase }),
    },
    files: files.map(({ service, ...file }) => (service === undefined ? file : { ...file, service })),
    ...(builder === undefined ? {} : { builder }),
    ...(planId === undefined ? {} : { planId }),
  };
}
