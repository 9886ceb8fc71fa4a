import { badConfig, type LeviathanConfig, notPermitted, type SuiteRequest } from '@osrel/core';
import type { LeviathanAccount, RenderSettings } from './leviathan-parts.ts';
import { type SuiteSettings, suiteSettingsSchema } from './suite-settings-model.ts';

/** Where the files of a suite lie, as whoever reads the settings sees them. */
export interface SettingsPlaces {
  readonly suite: string;
  readonly image: string | false;
  readonly kernelHeaders: string | null;
}

/** One rig by its address as the core sees it, or the fleets that the stock client looks for one in. */
export type SettingsRig =
  | { readonly kind: 'address'; readonly url: string }
  | { readonly kind: 'fleets'; readonly fleets: readonly string[] };

export interface SettingsWish {
  readonly request: SuiteRequest;
  readonly account: LeviathanAccount;
  readonly places: SettingsPlaces;
  readonly rig: SettingsRig;
}

/** The folder that the reference workflow shows the client its inputs in; the core reads none of these paths. */
const WORKSPACE = '/usr/src/app/workspace';
const SUITES = '/usr/src/app/suites';

/** Makes the config.json that osrel sends to a core itself. Throws what `renderSuiteSettings` throws. */
export function createRenderSettings(config: LeviathanConfig): RenderSettings {
  return (request, account, url) => ({
    ...renderSuiteSettings(config, {
      request,
      account,
      places: {
        suite: `${SUITES}/${request.suite}`,
        image: imageNameOf(request) === null ? false : `${WORKSPACE}/${imageNameOf(request)}`,
        kernelHeaders: takesHeaders(request) ? `${WORKSPACE}/kernel_modules_headers.tar.gz` : null,
      },
      rig: { kind: 'address', url },
    }),
    workerUrl: url,
  });
}

/**
 * Settings of one suite, as the reference workflow gives them to os, cloud and hup (leviathan 2, balena-workflow 9.5);
 * a suite of another name gets those of os. Throws permission `lab.no-key` when a key is needed and not set, and
 * config `lab.rig-address` for an address that Leviathan could not use.
 */
export function renderSuiteSettings(config: LeviathanConfig, wish: SettingsWish): SuiteSettings {
  const { request, account, places, rig } = wish;
  const key = account.readKey() ?? '';
  if (key === '' && (config.driver === 'client' || needsAccount(request, rig))) throw noKey(request, account);
  if (rig.kind === 'address') refuseUnusableAddress(rig.url, request);
  return suiteSettingsSchema.parse({
    deviceType: request.slug,
    suite: places.suite,
    config: {
      networkWired: false,
      networkWireless: false,
      ...hupDownload(request),
      balenaApiKey: key,
      balenaApiUrl: account.apiHost,
      organization: request.testOrganization ?? config.organization,
      sshConfig: { host: config.ssh.host, port: config.ssh.port },
    },
    image: places.image,
    ...(places.kernelHeaders === null ? {} : { kernelHeaders: places.kernelHeaders }),
    debug: {
      failFast: request.failFast,
      // It ends further suites of the same client: here each has a client of its own.
      globalFailFast: false,
      preserveDownloads: config.preserveDownloads,
      unstable: config.unstable.length === 0 ? [''] : [...config.unstable],
    },
    workers: rig.kind === 'address' ? [rig.url] : { balenaApplication: [...rig.fleets], apiKey: key },
  });
}

/**
 * cloud makes a fleet and hup logs in; the stock client always does (leviathan 2, 5). Any other suite on a rig of known
 * address runs without an account.
 */
function needsAccount({ suite }: SuiteRequest, rig: SettingsRig): boolean {
  return rig.kind === 'fleets' || suite === 'cloud' || suite === 'hup';
}

/** Name of the image in Leviathan's workspace; null when the suite gets none. */
export function imageNameOf(request: SuiteRequest): 'balena.img.gz' | 'balena-image.docker' | null {
  if (request.suite === 'hup') return request.hostapp === null ? null : 'balena-image.docker';
  return request.image === null ? null : 'balena.img.gz';
}

/** cloud and hup get no kernel headers; every other suite gets them where there are some. */
export function takesHeaders(request: SuiteRequest): boolean {
  return request.suite !== 'cloud' && request.suite !== 'hup' && request.kernelHeaders !== null;
}

/**
 * The release that hup starts from: the latest published one, as the same kind of image as the tested one
 * (balena-workflow 9.2). `balena.img` asks for no kind, which fails the workflow.
 */
function hupDownload(request: SuiteRequest): Partial<SuiteSettings['config']> {
  if (request.suite !== 'hup') return {};
  const type = /^balena-(flasher|raw)\.img$/.exec(request.testImage ?? '')?.[1];
  return {
    downloadVersion: 'latest',
    ...(type === 'flasher' || type === 'raw' ? { downloadImageType: type } : {}),
  };
}

/** How Leviathan tells rigs apart by their address (leviathan 2); any other makes it throw in the suite's set-up. */
function refuseUnusableAddress(url: string, request: SuiteRequest): void {
  const isBesideTheCore = url.includes('worker') || url.startsWith('unix:');
  if (isBesideTheCore && request.worker === 'testbot') {
    throw rigAddressWrong(
      url,
      'has "worker" in it: Leviathan takes it for a QEMU rig beside the core',
      request,
    );
  }
  if (isBesideTheCore || /^http:\/\/\d+\.\d+\.\d+\.\d+/.test(url) || /^https:\/\/[^.]+\./.test(url)) return;
  throw rigAddressWrong(url, 'is neither http://<IPv4 address> nor https://<uuid>.<domain>', request);
}

function rigAddressWrong(url: string, because: string, request: SuiteRequest): Error {
  return badConfig(
    'lab.rig-address',
    `the rig of suite ${request.id}, ${url}, cannot be used: it ${because}`,
    {
      hint: 'under tests.leviathan.rigs in osrel.yml, write its IPv4 address (http://192.168.1.20) or its public device URL',
    },
  );
}

function noKey(request: SuiteRequest, account: LeviathanAccount): Error {
  return notPermitted(
    'lab.no-key',
    `suite ${request.id} needs an API key of ${account.apiHost}, and ${account.keyVariable} is not set`,
    {
      hint: `export ${account.keyVariable}=..., the key of an account that may use the rigs and make test fleets`,
    },
  );
}
