import { mkdir, open, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { digestOfJson, type OsBuildOutput, type OsBuildRequest } from '@osrel/core';
import { z } from 'zod';
import { isMissing } from '../if-present.ts';
import { replaceFile } from './replace-file.ts';

const builtFile = z.object({ path: z.string(), sizeBytes: z.number(), sha256: z.string() });

const stamp = z.object({
  schemaVersion: z.literal(1),
  sourceSha: z.string().nullable(),
  output: z.object({
    assetRoot: z.string(),
    imagesDirectory: z.string(),
    archive: builtFile,
    files: z.record(z.string(), builtFile),
    assets: z.array(z.string()),
    hostOsVersion: z.string().nullable(),
  }),
  /** Every file of the output as it was then: absolute path, bytes, time of the last change in nanoseconds. */
  seen: z.array(z.object({ path: z.string(), sizeBytes: z.string(), changedNs: z.string() })),
});

export type BuildStamp = z.infer<typeof stamp>;

export interface BuildStamps {
  /** The stamp of the last successful build of this request, whatever its source. */
  readonly find: (request: OsBuildRequest) => Promise<BuildStamp | undefined>;
  /** The same, if it is of the same commit and no file of it was touched since. */
  readonly findValid: (request: OsBuildRequest) => Promise<BuildStamp | undefined>;
  /**
   * Notes that a build begins and gives that moment in nanoseconds, by the clock of the file system. While a build of
   * the request has not been finished, it is the moment the first attempt began: what that one made still counts.
   */
  readonly begin: (request: OsBuildRequest) => Promise<bigint>;
  readonly finish: (request: OsBuildRequest, output: OsBuildOutput) => Promise<void>;
}

/** What was built before, one file a request in `folder`; written last, so that a stamp is never ahead of its files. */
export function createBuildStamps(folder: string): BuildStamps {
  const pathOf = (request: OsBuildRequest): string => join(folder, `${digestOfRequest(request)}.json`);
  const begunOf = (request: OsBuildRequest): string => join(folder, `${digestOfRequest(request)}.begun`);
  const find = async (request: OsBuildRequest): Promise<BuildStamp | undefined> => readStamp(pathOf(request));
  return {
    find,
    findValid: async (request) => {
      const found = await find(request);
      if (found === undefined || request.sourceSha === null || found.sourceSha !== request.sourceSha)
        return undefined;
      const unchanged = await Promise.all(found.seen.map(isUnchanged));
      return unchanged.every((each) => each) ? found : undefined;
    },
    begin: async (request) => {
      await mkdir(folder, { recursive: true });
      await (await open(begunOf(request), 'a')).close();
      return (await stat(begunOf(request), { bigint: true })).mtimeNs;
    },
    finish: async (request, output) => {
      await replaceFile(pathOf(request), `${JSON.stringify(await stampOf(request, output))}\n`);
      await rm(begunOf(request), { force: true });
    },
  };
}

/** The commit is not part of it: a build of another commit that changed nothing leaves the files as they were. */
function digestOfRequest({ sourceSha: _, ...request }: OsBuildRequest): string {
  return digestOfJson(request);
}

async function readStamp(path: string): Promise<BuildStamp | undefined> {
  try {
    return stamp.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch (error) {
    // A stamp that cannot be read proves nothing; the build is done again.
    if (isMissing(error) || error instanceof SyntaxError || error instanceof z.ZodError) return undefined;
    throw error;
  }
}

async function stampOf(request: OsBuildRequest, output: OsBuildOutput): Promise<BuildStamp> {
  const paths = [
    output.archive.path,
    ...Object.values(output.files).map((file) => file.path),
    ...output.assets.map((asset) => join(output.assetRoot, asset)),
  ];
  const seen = await Promise.all(
    [...new Set(paths)].map(async (path) => {
      const { size, mtimeNs } = await stat(path, { bigint: true });
      return { path, sizeBytes: size.toString(), changedNs: mtimeNs.toString() };
    }),
  );
  return {
    schemaVersion: 1,
    sourceSha: request.sourceSha,
    output: { ...output, files: { ...output.files }, assets: [...output.assets] },
    seen,
  };
}

async function isUnchanged(seen: BuildStamp['seen'][number]): Promise<boolean> {
  try {
    const { size, mtimeNs } = await stat(seen.path, { bigint: true });
    return size.toString() === seen.sizeBytes && mtimeNs.toString() === seen.changedNs;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}
