import { stat } from 'node:fs/promises';
import {
  type Clock,
  type GivenFile,
  type OsrelError,
  type ReleaseFile,
  refused,
  type SuiteRequest,
} from '@osrel/core';
import { isMissing } from '../../if-present.ts';
import type { ReadyFile, SuiteFollower, Workspace, Workspaces } from '../leviathan-parts.ts';
import { takesHeaders } from '../suite-settings.ts';
import { digestFile, isCompressed } from './digest-file.ts';
import { findSuiteFolder } from './find-suite-folder.ts';
import type { CacheOwner } from './in-use-owner.ts';
import { readsKernelHeaders } from './reads-kernel-headers.ts';
import { createSharedWork, type ShareWork, type WorkFollower } from './share-work.ts';
import { digestSuite } from './suite-digest.ts';
import { type CompressForTransport, createTransportCache } from './transport-cache.ts';

export interface WorkspacesOptions {
  /** Absolute path of the repository root. */
  readonly root: string;
  /** As configured: the folder whose subfolders are suites. */
  readonly suites: string;
  /** Absolute path: `.osrel/cache/leviathan` of the checkout. */
  readonly cacheFolder: string;
  /** This osrel among those that share the cache; see `createCacheOwner`. */
  readonly owner: () => Promise<CacheOwner>;
  readonly clock: Clock;
  /**
   * The commit of the git repository that holds a folder, with `-dirty` when files of the folder were changed; null
   * outside of git.
   */
  readonly revisionOf: (folder: string, signal: AbortSignal) => Promise<string | null>;
  /** Compressed files kept for later runs. */
  readonly kept?: number;
}

/** A file of the release, ready to be sent, and what it is to the receipt. */
interface PreparedFile {
  readonly ready: ReadyFile;
  readonly given: GivenFile;
  /** `new`: compressed just now; `kept`: by an earlier run; `as-is`: sent without compression. */
  readonly origin: 'new' | 'kept' | 'as-is';
}

/** Suites that cannot work without a file, and what for (leviathan 5). Others get what there is. */
const NEEDS: Readonly<Record<string, Readonly<Partial<Record<Input, string>>>>> = {
  os: { image: 'it flashes it', kernelHeaders: 'its test of kernel modules builds against them' },
  cloud: { image: 'it flashes it' },
  hup: { hostapp: 'it updates devices to it' },
};

type Input = 'image' | 'hostapp' | 'kernelHeaders';
const WORDS: Readonly<Record<Input, string>> = {
  image: 'disk image',
  hostapp: 'hostapp archive',
  kernelHeaders: 'archive of kernel headers (kernel_modules_headers.tar.gz)',
};

/** What suites are sent, read where it lies; images and hostapps are compressed once for all suites and later runs. */
export function createWorkspaces(options: WorkspacesOptions): Workspaces {
  const { cacheFolder: folder, owner, clock, kept } = options;
  const compress = createTransportCache({ folder, owner, clock, ...(kept === undefined ? {} : { kept }) });
  const share = createSharedWork<PreparedFile>();
  return {
    prepare: async (request, follower) => {
      const { signal } = follower;
      signal.throwIfAborted();
      const directory = await findSuiteFolder(request.suite, options);
      await refuseMissing(request, () => readsKernelHeaders(directory, signal));
      const { md5, sha256 } = await digestSuite(directory, signal);
      const revision = (await options.revisionOf(directory, signal)) ?? `sha256:${sha256}`;
      const work = { share, compress, follower };
      const system = request.suite === 'hup' ? request.hostapp : request.image;
      const image = system === null ? null : await prepareImage(system, work);
      const headers = takesHeaders(request) ? request.kernelHeaders : null;
      const kernelHeaders = headers === null ? null : await prepareAsIs(headers, work);
      const files = [image, kernelHeaders].filter((each) => each !== null);
      return {
        image: image?.ready ?? null,
        kernelHeaders: kernelHeaders?.ready ?? null,
        suite: { directory, md5, revision },
        given: files.map(({ given }) => given),
      } satisfies Workspace;
    },
  };
}

interface Work {
  readonly share: ShareWork<PreparedFile>;
  readonly compress: CompressForTransport;
  readonly follower: SuiteFollower;
}

/** Compressed, as hup's hostapp too: what is neither gzip nor zip the stock client compresses before it sends it. */
async function prepareImage(file: ReleaseFile, work: Work): Promise<PreparedFile> {
  if (await isCompressed(file.path)) return prepareAsIs(file, work);
  const { onLine } = work.follower;
  const prepared = await work.share(
    await keyOf('gzip', file),
    percentTo(work.follower),
    async (everybody) => {
      const { path, sizeBytes, md5, plain, isNew } = await work.compress(file.path, everybody);
      return {
        ready: { path, sizeBytes, md5 },
        given: { name: file.name, ...plain },
        origin: isNew ? 'new' : 'kept',
      };
    },
  );
  const how = prepared.origin === 'new' ? 'compressed' : 'compressed by an earlier run';
  onLine(`osrel: ${file.name}, ${prepared.given.sizeBytes} bytes, ${how} to ${prepared.ready.sizeBytes}`);
  return prepared;
}

async function prepareAsIs(file: ReleaseFile, { share, follower }: Work): Promise<PreparedFile> {
  return share(await keyOf('as-is', file), percentTo(follower), async ({ signal }) => {
    const { sizeBytes, md5, sha256 } = await digestFile(file.path, signal);
    return {
      ready: { path: file.path, sizeBytes, md5 },
      given: { name: file.name, sizeBytes, sha256 },
      origin: 'as-is',
    };
  });
}

/** Work on a file that was written to meanwhile is not work on this file. */
async function keyOf(how: string, { name, path }: ReleaseFile): Promise<string> {
  const { dev, ino, size, mtimeNs, ctimeNs } = await stat(path, { bigint: true });
  return [how, name, path, dev, ino, size, mtimeNs, ctimeNs].join('\0');
}

function percentTo({ signal, onProgress }: SuiteFollower): WorkFollower {
  return {
    signal,
    onPercent: (percent) => {
      onProgress({
        activity: 'preparing',
        rig: null,
        running: null,
        passed: 0,
        failed: 0,
        skipped: 0,
        percent,
      });
    },
  };
}

async function refuseMissing(request: SuiteRequest, readsHeaders: () => Promise<boolean>): Promise<void> {
  const needs = NEEDS[request.suite] ?? {};
  for (const input of ['image', 'hostapp', 'kernelHeaders'] as const) {
    const because = needs[input];
    const file = request[input];
    if (file === null) {
      const isNeeded = because !== undefined && (input !== 'kernelHeaders' || (await readsHeaders()));
      if (isNeeded) throw missingInput(request, input, `there is none in the release, and ${because}`);
    } else if (isUsed(request, input) && !(await isFile(file.path))) {
      throw missingInput(request, input, `${file.path} is not there`);
    }
  }
}

function isUsed(request: SuiteRequest, input: Input): boolean {
  if (input === 'kernelHeaders') return takesHeaders(request);
  return (request.suite === 'hup') === (input === 'hostapp');
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile();
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

function missingInput(request: SuiteRequest, input: Input, because: string): OsrelError {
  const message = `suite ${request.id} (${request.suite}) of ${request.slug} has no ${WORDS[input]}: ${because}`;
  return refused('lab.missing-input', message, {
    hint: `see what osrel build leaves in ${request.deployDirectory}, or take the suite out of tests.matrix in osrel.yml`,
    details: { suite: request.suite, input },
  });
}
