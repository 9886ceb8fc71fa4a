import { z } from 'zod';
import { integrityBroken, refused } from '../errors/osrel-error.ts';
import type { BuildProgress } from '../model/build-progress.ts';
import { buildSettingsSchema } from '../model/build-settings.ts';
import type { BuiltFile, OsBuildOutput, OsBuildRequest } from '../ports/os-builder.ts';
import { defineStepKind, notDone } from './step-kind.ts';

export const builtFileSchema = z.strictObject({
  path: z.string(),
  sizeBytes: z.number(),
  sha256: z.string(),
});

const input = z.strictObject({
  machine: z.string(),
  slug: z.string(),
  deviceTypeBaseName: z.string(),
  service: z.string(),
  recipe: z.string().optional(),
  image: z.string(),
  settings: buildSettingsSchema,
  imageOutput: z.string(),
  expectedLabels: z.record(z.string(), z.string()),
  expectedFiles: z.array(z.string()),
  expectedFolders: z.array(z.string()),
  assets: z.array(z.strictObject({ pattern: z.string(), required: z.boolean() })),
  sourceSha: z.string().nullable(),
  /** Version that VERSION_HOSTOS of the output must say; null for a service that writes none. */
  expectedVersion: z.string().nullable(),
});

/** What a build left behind; paths are absolute. */
export const builtServiceSchema = z.strictObject({
  assetRoot: z.string(),
  imagesDirectory: z.string(),
  archive: builtFileSchema,
  files: z.record(z.string(), builtFileSchema),
  assets: z.array(z.string()),
  hostOsVersion: z.string().nullable(),
});

/** A file of a build by its name. @throws integrity `build.file-missing` */
export function getBuiltFile(files: Readonly<Record<string, BuiltFile>>, name: string): BuiltFile {
  const file = files[name];
  if (file !== undefined) return file;
  throw integrityBroken(
    'build.file-missing',
    `the build left no ${name}; it left: ${Object.keys(files).sort().join(', ')}`,
  );
}

/** Builds one service of the composition with the repository's front end. One at a time: they share a build folder. */
export const buildService = defineStepKind({
  kind: 'build-service',
  writes: true,
  input,
  output: builtServiceSchema,
  ports: ['osBuilder'],
  concurrency: 1,
  probe: async (wanted, { ports }) => {
    const finished = await ports.osBuilder.findFinished(requestOf(wanted));
    if (finished === undefined) return notDone;
    checkVersion(finished, wanted);
    return {
      done: true,
      output: toOutput(finished),
      because: 'built before from this very commit with these arguments',
    };
  },
  run: async (wanted, { ports, signal, endNow, log, logLines, progress, keepLog }) => {
    const onProgress = (build: BuildProgress): void => {
      const count = build.tasks ?? build.parsing;
      progress(count?.done ?? 0, count?.total ?? null, 'tasks', { build });
    };
    const observer = { signal, endNow, onLine: log, onLines: logLines, onProgress, keepLog };
    const built = await ports.osBuilder.build(requestOf(wanted), observer);
    checkVersion(built, wanted);
    return toOutput(built);
  },
});

/** What a step of this kind asks the front end for, by its `with`. */
export function osBuildRequestOf(raw: unknown): OsBuildRequest {
  return requestOf(input.parse(raw));
}

function requestOf({ expectedVersion: _, recipe, ...request }: z.infer<typeof input>): OsBuildRequest {
  return { ...request, ...(recipe === undefined ? {} : { recipe }) };
}

/** The build writes VERSION_HOSTOS by a path of its own: it must say what is being released (W24). */
function checkVersion(built: OsBuildOutput, wanted: z.infer<typeof input>): void {
  const { expectedVersion } = wanted;
  if (expectedVersion === null || built.hostOsVersion === null) return;
  const said = built.hostOsVersion.trim().replace(/^v/, '');
  if (said === expectedVersion) return;
  throw refused(
    'version.build-mismatch',
    `the build of ${wanted.service} wrote VERSION_HOSTOS ${said}, but ${expectedVersion} is being released`,
    {
      hint: 'the layers read another VERSION file, or the build folder is stale: remove build/ and build again',
      details: { hostOsVersion: said, version: expectedVersion },
    },
  );
}

function toOutput(built: OsBuildOutput): z.infer<typeof builtServiceSchema> {
  return { ...built, assets: [...built.assets], files: { ...built.files } };
}
