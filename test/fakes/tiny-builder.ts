import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BuiltFile, OsBuilder, OsBuildOutput, OsBuildRequest } from '@osrel/core';
import { diskImage } from '../builders/disk-image.ts';
import { dockerArchive } from '../builders/docker-archive.ts';

export interface TinyBuilder extends OsBuilder {
  /** How often `build` ran to its end. */
  readonly builds: () => number;
}

/** A front end that writes a tiny but true disk image and docker archive; finished builds are known by their stamp. */
export function createTinyBuilder({
  root,
  version,
}: {
  readonly root: string;
  readonly version: string;
}): TinyBuilder {
  let builds = 0;
  const stampOf = (request: OsBuildRequest) => join(root, `build/stamp-${request.service}.json`);
  return {
    builds: () => builds,
    describe: async (request) => ({
      frontEnd: 'tiny',
      command: {
        file: 'tiny',
        arguments: [request.machine],
        workingDirectory: root,
        environment: { DEVICE_TYPE: request.deviceTypeBaseName },
      },
      ownVariables: ['DEVICE_TYPE'],
      settingsFile: null,
      notes: [],
      problems: [],
    }),
    findFinished: async (request) => {
      try {
        const stamp = JSON.parse(await readFile(stampOf(request), 'utf8')) as {
          readonly sourceSha: string;
          readonly output: OsBuildOutput;
        };
        return stamp.sourceSha === request.sourceSha ? stamp.output : undefined;
      } catch {
        return undefined;
      }
    },
    build: async (request, observer) => {
      observer.onLine(`building ${request.service}`);
      const output = await buildFiles(root, version, request);
      builds += 1;
      await writeFile(stampOf(request), JSON.stringify({ sourceSha: request.sourceSha, output }));
      return output;
    },
  };
}

async function buildFiles(root: string, version: string, request: OsBuildRequest): Promise<OsBuildOutput> {
  const assetRoot = join(root, 'build/tmp/deploy');
  const imagesDirectory = join(assetRoot, 'images', request.machine);
  await mkdir(imagesDirectory, { recursive: true });
  const isHostapp = request.expectedFiles.length > 0;
  const contents: Record<string, Buffer | string> = {
    [request.imageOutput]: dockerArchive(`${request.service} ${version}`),
    ...(isHostapp ? { VERSION: 'v18.2.2', VERSION_HOSTOS: version, 'image.manifest': 'busybox 1.36\n' } : {}),
  };
  for (const name of request.expectedFiles) contents[name] ??= diskImage(`${name} ${version}`);
  const files: Record<string, BuiltFile> = {};
  for (const [name, content] of Object.entries(contents)) {
    const path = join(imagesDirectory, name);
    await writeFile(path, content);
    files[name] = {
      path,
      sizeBytes: Buffer.byteLength(content),
      sha256: createHash('sha256').update(content).digest('hex'),
    };
  }
  const archive = files[request.imageOutput];
  if (archive === undefined) throw new Error('no archive was built');
  const assets = isHostapp
    ? ['VERSION', 'VERSION_HOSTOS', 'image.manifest'].map((name) => `images/${request.machine}/${name}`)
    : [];
  const expected = Object.fromEntries(request.expectedFiles.map((name) => [name, files[name] ?? archive]));
  return {
    assetRoot,
    imagesDirectory,
    archive,
    files: expected,
    assets,
    hostOsVersion: isHostapp ? version : null,
  };
}
