import { z } from 'zod';
import { badUsage } from '../errors/osrel-error.ts';
import { type Digest, isDigest } from './digest.ts';

export const ARTIFACT_ROLES = [
  'image',
  'image-part',
  'image-manifest',
  'image-archive',
  'block-map',
  'hostapp',
  'extension',
  'asset',
  'device-type',
  'version',
  'changelog',
  'sbom',
  'licences',
  'kernel-headers',
  'contract',
  'composition',
  'manifest',
  'package',
  'evidence',
  'provenance',
  'log',
] as const;

export type ArtifactRole = (typeof ARTIFACT_ROLES)[number];

/** A file of a release, relative to the deploy folder. */
export interface Artifact {
  /** Posix path relative to the deploy folder. */
  readonly name: string;
  readonly sizeBytes: number;
  readonly digest: Digest;
  readonly mediaType: string;
  readonly role: ArtifactRole;
  /** The composition's service it belongs to, when it belongs to one. */
  readonly service?: string;
}

/** One artifact of a release manifest. */
export const artifactSchema = z.strictObject({
  name: z.string().superRefine((name, check) => {
    const defect = findNameDefect(name);
    if (defect !== undefined) check.addIssue(`artifact name ${JSON.stringify(name)} ${defect}`);
  }),
  sizeBytes: z.number().int().nonnegative(),
  digest: z.custom<Digest>(isDigest, 'needs "sha256:" and 64 lower-case hex digits'),
  mediaType: z.string().regex(/^[a-z]+\/[a-z0-9.+-]+$/, 'needs a media type such as application/json'),
  role: z.enum(ARTIFACT_ROLES),
  service: z.string().min(1).optional(),
});

/**
 * Returns the name when it is safe to join to a folder: a relative posix path without `.` or `..` segments,
 * backslashes or control characters, at most 1000 bytes. Throws usage `artifact.name-unsafe`.
 */
export function checkArtifactName(name: string): string {
  const defect = findNameDefect(name);
  if (defect === undefined) return name;
  throw badUsage('artifact.name-unsafe', `artifact name ${JSON.stringify(name)} ${defect}`, {
    hint: 'a name is a relative path with forward slashes: compressed/part-0.deflate',
  });
}

function findNameDefect(name: string): string | undefined {
  if (name === '') return 'is empty';
  if (name.startsWith('/') || /^[A-Za-z]:/.test(name)) return 'is absolute';
  if (name.includes('\\')) return 'has a backslash';
  if (/\p{Cc}|\p{Cs}|[\u2028\u2029]/u.test(name)) return 'has a control character';
  // Object store keys end at 1024 bytes; the rest is left for the prefix of a release.
  if (Buffer.byteLength(name) > 1000) return 'is longer than 1000 bytes';
  const bad = name.split('/').find((segment) => segment === '' || segment === '.' || segment === '..');
  return bad === undefined ? undefined : `has the segment "${bad}"`;
}

const MEDIA_TYPES: readonly (readonly [ending: string, mediaType: string])[] = [
  ['.tar.gz', 'application/gzip'],
  ['.tgz', 'application/gzip'],
  ['.gz', 'application/gzip'],
  ['.json', 'application/json'],
  ['.jsonl', 'application/jsonl'],
  ['.yml', 'application/yaml'],
  ['.yaml', 'application/yaml'],
  ['.md', 'text/markdown'],
  ['.manifest', 'text/plain'],
  ['.txt', 'text/plain'],
  ['.log', 'text/plain'],
  ['.xml', 'application/xml'],
  ['.bmap', 'application/xml'],
  ['.html', 'text/html'],
  ['.svg', 'image/svg+xml'],
  ['.png', 'image/png'],
  ['.zip', 'application/zip'],
  ['.zst', 'application/zstd'],
  ['.xz', 'application/x-xz'],
  ['.tar', 'application/x-tar'],
  ['.docker', 'application/x-tar'],
];

const PLAIN_TEXT_NAMES = new Set(['VERSION', 'VERSION_HOSTOS', 'SHA256SUMS', 'os-release']);

/** Media type by the name's ending; `application/octet-stream` for images, deflate parts and the unknown. */
export function mediaTypeOf(name: string): string {
  const file = name.slice(name.lastIndexOf('/') + 1);
  if (PLAIN_TEXT_NAMES.has(file)) return 'text/plain';
  const lower = file.toLowerCase();
  return MEDIA_TYPES.find(([ending]) => lower.endsWith(ending))?.[1] ?? 'application/octet-stream';
}
