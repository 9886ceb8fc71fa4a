import { join } from 'node:path';
import type { Json, LeviathanConfig, SuiteRequest } from '@osrel/core';
import type { Service } from './resolve-images.ts';

export interface ProjectWish {
  readonly request: SuiteRequest;
  /** Absolute path of the Leviathan checkout. */
  readonly checkout: string;
  readonly qemu: LeviathanConfig['qemu'];
  /** Image of each service that is started, by digest or id. */
  readonly images: Readonly<Partial<Record<Service, string>>>;
  /** Absolute path of contracts of private device types; an empty folder when there are none. */
  readonly privateContracts: string;
  /** Absolute path of a folder that exists, for what the client's service would mount. */
  readonly emptyFolder: string;
  /** balena's word for the processor of the machine that containers run on. */
  readonly architecture: string;
  /** Who a later osrel asks for before it removes the project. */
  readonly owner: string;
}

/** Container label that says which osrel started it. */
export const OWNER_LABEL = 'io.osrel.owner';

/** Compose files of the checkout for a kind of rig, absolute, in the order they are laid over one another (leviathan 1.2). */
export function composeFilesOf({
  request,
  checkout,
}: Pick<ProjectWish, 'request' | 'checkout'>): readonly string[] {
  const names = ['client'];
  if (request.worker === 'qemu') names.push('qemu');
  if (request.worker === 'qemu' && request.secureBoot) names.push('secureboot');
  return names.map((name) => join(checkout, `docker-compose.${name}.yml`));
}

/** Services that are started; the client is not among them. */
export function servicesOf(request: SuiteRequest): readonly Service[] {
  if (request.worker !== 'qemu') return ['core'];
  return request.secureBoot ? ['core', 'worker', 'swtpm'] : ['core', 'worker'];
}

/**
 * A compose file of our own, laid over those of the checkout: ports of loopback, images by digest, the contracts of
 * private device types, and whose containers these are.
 */
export function renderOverride(wish: ProjectWish): Json {
  const { request, images, privateContracts, owner, qemu } = wish;
  const common = (service: Service) => ({
    ...(images[service] === undefined ? {} : { image: images[service], pull_policy: 'never' }),
    labels: { [OWNER_LABEL]: owner },
  });
  const services: Record<string, Json> = {};
  for (const service of servicesOf(request)) services[service] = common(service);
  services.core = {
    ...common('core'),
    ports: ['127.0.0.1::2000'],
    volumes: [
      { type: 'bind', source: privateContracts, target: '/usr/app/private-contracts', read_only: true },
    ],
  };
  if (images.client !== undefined) services.client = common('client');
  if (request.worker === 'qemu') {
    services.worker = {
      ...common('worker'),
      ports: ['127.0.0.1::80'],
      // The checkout's file passes on the rest, but not this one.
      environment: { QEMU_EXTERNAL_STORAGE: String(qemu.externalStorage) },
    };
  }
  return { services };
}

/**
 * Variables that the checkout's compose files ask for (leviathan 1.2, 1.4; balena-workflow 9.3). Each is set, so that
 * nothing comes in from elsewhere. No key among them: what needs one gets it in a file.
 */
export function renderVariables(wish: ProjectWish): Readonly<Record<string, string>> {
  const { request, qemu, architecture, emptyFolder } = wish;
  return {
    BALENACLOUD_API_KEY: '',
    BALENACLOUD_API_URL: '',
    BALENACLOUD_APP_NAME: '',
    BALENACLOUD_ORG: '',
    BALENACLOUD_SSH_PORT: '',
    BALENACLOUD_SSH_URL: '',
    BALENAMACHINE_API_KEY: '',
    BALENAMACHINE_API_URL: '',
    BALENA_ARCH: architecture,
    DEVICE_TYPE: request.slug,
    DOWNLOAD_IMAGE_TYPE: '',
    ENVIRONMENT: '',
    FLASHER_SECUREBOOT: request.secureBoot ? '1' : '',
    QEMU_ARCH: request.architecture === 'aarch64' ? 'aarch64' : 'x86_64',
    QEMU_CPUS: String(qemu.cpus),
    QEMU_DEBUG: '',
    QEMU_INTERNAL_STORAGE: String(qemu.internalStorage),
    QEMU_MEMORY: qemu.memory ?? (request.secureBoot ? '4G' : '1G'),
    QEMU_SECUREBOOT: request.secureBoot ? '1' : '',
    REPORTS: emptyFolder,
    SUITES: emptyFolder,
    WORKER_TYPE: request.worker,
    WORKSPACE: emptyFolder,
  };
}
