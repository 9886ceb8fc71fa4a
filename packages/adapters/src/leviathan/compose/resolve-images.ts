import { join } from 'node:path';
import { type LeviathanConfig, type OsrelError, rigFailed } from '@osrel/core';
import { z } from 'zod';
import type { CallDocker } from './docker-program.ts';
import type { LeviathanCheckout } from './read-checkout.ts';

export type Service = 'core' | 'client' | 'worker' | 'swtpm';

export interface ImageSearch {
  readonly call: CallDocker;
  readonly checkout: LeviathanCheckout;
  /** As configured: pinned by digest, or null. */
  readonly images: LeviathanConfig['images'];
  /** balena's word for the processor of the machine that containers run on. */
  readonly architecture: string;
  readonly signal: AbortSignal;
  readonly onLine: (line: string) => void;
}

/** An image on this machine, by a name that means nothing else: `name@sha256:...`, or an id where it was built here. */
export type ResolveImage = (service: Service, search: ImageSearch) => Promise<string>;

const PULL_MS = 30 * 60_000;
const BUILD_MS = 60 * 60_000;
const ANSWER_MS = 20_000;

const inspected = z
  .array(z.looseObject({ Id: z.string(), RepoDigests: z.array(z.string()).nullish() }))
  .length(1);

/**
 * Makes a function that finds the image of a service: the configured one; else the tag of the checkout's version,
 * pulled, resolved to its digest and told; else built from the checkout, as `make build` does where `make pull` fails
 * (leviathan 6). Each image is looked for once. Throws rig `lab.no-image`.
 */
export function createResolveImage(): ResolveImage {
  const found = new Map<string, Promise<string>>();
  return async (service, search) => {
    const known = found.get(service);
    if (known !== undefined) return known;
    const work = resolve(service, search);
    found.set(service, work);
    work.catch(() => found.delete(service));
    return work;
  };
}

async function resolve(service: Service, search: ImageSearch): Promise<string> {
  const { images, checkout, architecture, onLine } = search;
  const pinned = service === 'swtpm' ? null : images[service];
  if (pinned !== null) return usePinned(service, pinned, search);
  const tag = tagOf(service, checkout, architecture);
  const pulling = tag.isPublished ? await pull(tag.name, search) : null;
  const here = await inspect(tag.name, search);
  if (here !== undefined) {
    const digest = here.RepoDigests?.find((name) => name.startsWith(`${repositoryOf(tag.name)}@`));
    const image = digest ?? here.Id;
    const why = pulling === null ? '' : ` (the one that is here: ${pulling})`;
    onLine(`osrel: ${service} of Leviathan ${checkout.version} is ${tag.name}, ${image}${why}`);
    return image;
  }
  return build(service, tag.name, search, pulling);
}

function tagOf(service: Service, { version, workerImage }: LeviathanCheckout, architecture: string) {
  if (service === 'core' || service === 'client') {
    return { name: `ghcr.io/balena-os/leviathan:v${version}-${service}`, isPublished: true };
  }
  if (service === 'worker' && workerImage !== null) {
    return { name: workerImage.replaceAll(/\$\{BALENA_ARCH\}/g, architecture), isPublished: true };
  }
  return { name: `osrel-leviathan-${service}:${version}-${architecture}`, isPublished: false };
}

async function usePinned(service: Service, image: string, search: ImageSearch): Promise<string> {
  if ((await inspect(image, search)) !== undefined) return image;
  const failure = await pull(image, search);
  if (failure === null) return image;
  throw noImage(
    service,
    image,
    failure,
    `correct tests.leviathan.images.${service} in osrel.yml, or docker login`,
  );
}

/** Null when it worked, else why not. */
async function pull(image: string, { call, signal, onLine }: ImageSearch): Promise<string | null> {
  onLine(`osrel: pulls ${image}`);
  const answer = await call({ words: ['pull', '--quiet', image], signal, timeoutMs: PULL_MS });
  return answer.succeeded ? null : answer.complaint;
}

async function inspect(image: string, { call, signal }: ImageSearch) {
  const answer = await call({ words: ['image', 'inspect', image], signal, timeoutMs: ANSWER_MS });
  if (!answer.succeeded) return undefined;
  return inspected.safeParse(parseJson(answer.stdout)).data?.[0];
}

async function build(
  service: Service,
  name: string,
  search: ImageSearch,
  pulling: string | null,
): Promise<string> {
  const { call, checkout, architecture, signal, onLine } = search;
  const context = join(checkout.folder, service);
  const why = pulling === null ? '' : ` because it cannot be pulled (${pulling})`;
  onLine(`osrel: builds ${name} from ${context}${why}`);
  const words = ['build', '--tag', name, '--build-arg', `BALENA_ARCH=${architecture}`, context];
  const answer = await call({ words, signal, timeoutMs: BUILD_MS, onLine });
  const here = answer.succeeded ? await inspect(name, search) : undefined;
  if (here !== undefined) return here.Id;
  const because = pulling === null ? answer.complaint : `${pulling}; building it: ${answer.complaint}`;
  throw noImage(
    service,
    name,
    because,
    `write the image under tests.leviathan.images.${service} in osrel.yml`,
  );
}

/** `host:5000/name:tag` without the tag. */
function repositoryOf(name: string): string {
  return name.replace(/:[^/:]+$/, '');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // Docker that prints something else has no such image for us.
  }
}

function noImage(service: Service, image: string, because: string, hint: string): OsrelError {
  return rigFailed(
    'lab.no-image',
    `the image of Leviathan's ${service}, ${image}, cannot be had: ${because}`,
    {
      hint,
      retryable: true,
    },
  );
}
