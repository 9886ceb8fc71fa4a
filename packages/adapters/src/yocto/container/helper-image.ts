import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { badConfig, OsrelError } from '@osrel/core';
import type { ContainerEngine, EngineObserver, LocalImage } from '../../container-engine.ts';

const DEFAULT_REPOSITORY = 'ghcr.io/balena-os/balena-yocto-scripts';
const VERSION_FILE = 'balena-yocto-scripts/VERSION';
/** What a registry and both engines take; nothing that could be mistaken for an option. */
const REFERENCE = /^[A-Za-z0-9][A-Za-z0-9._:/@-]*$/;
/** podman's name for images that were made on this machine; a registry there has a port. */
const MADE_HERE = 'localhost/';
const PINNED = /(^|@)sha256:[0-9a-f]{64}$/;

export interface HelperImageQuestion {
  /** Absolute path of the device repository's root. */
  readonly root: string;
  /** `build.container.image`. */
  readonly image: string | null;
  readonly environment: Readonly<Record<string, string>>;
}

/**
 * The image to build in: the configured one, else the helper image of the checked-out scripts (balena-automation 1.11),
 * with the reference's two variables. Throws config `container.no-image` and `container.malformed-image`.
 */
export async function helperImage({ root, image, environment }: HelperImageQuestion): Promise<string> {
  if (image !== null) return checked(image, 'build.container.image');
  const { HELPER_IMAGE_REPO: repository, BALENA_YOCTO_SCRIPTS_VERSION: version } = environment;
  const tag = isGiven(version) ? version : await readVersion(root);
  const name = isGiven(repository) ? repository : DEFAULT_REPOSITORY;
  return checked(
    `${name}:${tag}-yocto-build-env`,
    `HELPER_IMAGE_REPO, BALENA_YOCTO_SCRIPTS_VERSION, ${VERSION_FILE}`,
  );
}

/** Names its bytes: a digest or an image id, which no registry can move. */
export function isPinned(reference: string): boolean {
  return PINNED.test(reference);
}

/** How the image is named in the run so that it is this very one: by digest, else by id. */
export function pinnedName(reference: string, image: LocalImage): string {
  const repository = repositoryOf(reference);
  return pulledDigests(image).find((digest) => repositoryOf(digest) === repository) ?? image.id;
}

/**
 * Pulls the image a tag names now, as the reference does for every build, and gives the name it is run under. An image
 * made on this machine, which no registry knows, is run by its id. Throws upstream `container.pull-failed`.
 */
export async function pinImage(
  engine: ContainerEngine,
  reference: string,
  observer: EngineObserver,
): Promise<string> {
  if (isPinned(reference)) return reference;
  const digest = reference.startsWith(MADE_HERE) ? undefined : await pullOrKeep(engine, reference, observer);
  const image = await engine.findImage(reference, observer.signal);
  if (image !== undefined) return pinnedName(reference, image);
  if (digest !== undefined) return `${repositoryOf(reference)}@${digest}`;
  observer.onLine(`${engine.file} does not tell the digest of ${reference}: it is run by its tag`);
  return reference;
}

async function pullOrKeep(
  engine: ContainerEngine,
  reference: string,
  observer: EngineObserver,
): Promise<string | undefined> {
  try {
    return (await engine.pull(reference, observer)).digest;
  } catch (error) {
    if (!(error instanceof OsrelError) || error.code !== 'container.pull-failed') throw error;
    const image = await engine.findImage(reference, observer.signal);
    if (image === undefined || pulledDigests(image).length > 0) throw error;
    observer.onLine(
      `${reference} cannot be pulled; the image of this name was made on this machine and is used`,
    );
    return undefined;
  }
}

/** Those a registry knows: podman gives an image that was made here a digest as well. */
function pulledDigests({ digests }: LocalImage): readonly string[] {
  return digests.filter((digest) => !digest.startsWith(MADE_HERE));
}

/** `ghcr.io:443/a/b:1.2@sha256:x` is of the repository `ghcr.io:443/a/b`. */
function repositoryOf(reference: string): string {
  const [name = ''] = reference.split('@');
  const colon = name.lastIndexOf(':');
  return colon > name.lastIndexOf('/') ? name.slice(0, colon) : name;
}

async function readVersion(root: string): Promise<string> {
  const text = await readFile(join(root, VERSION_FILE), 'utf8').catch((error: unknown) => {
    throw badConfig(
      'container.no-image',
      `${VERSION_FILE} cannot be read, so the helper image is not known`,
      {
        hint: 'git submodule update --init --recursive balena-yocto-scripts, or name an image in build.container.image',
        cause: error,
      },
    );
  });
  const [version = ''] = text.split(/\r?\n/);
  if (version.trim() !== '') return version.trim();
  throw badConfig(
    'container.no-image',
    `the first line of ${VERSION_FILE} is empty, so the helper image is not known`,
    {
      hint: 'name an image in build.container.image',
    },
  );
}

function checked(reference: string, source: string): string {
  if (REFERENCE.test(reference)) return reference;
  throw badConfig(
    'container.malformed-image',
    `${JSON.stringify(reference)} cannot be an image (${source})`,
    {
      hint: 'name:tag, name@sha256:<64 hex digits>, or the id of an image of this machine',
    },
  );
}

function isGiven(value: string | undefined): value is string {
  return value !== undefined && value !== '';
}
