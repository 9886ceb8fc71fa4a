import type { DeviceType } from './device-type.ts';
import type { OsVersion } from './os-version.ts';

export interface ContractReference {
  readonly type: string;
  readonly slug: string;
}

/** The content of balena.yml next to a hostapp composition; keys in this order. */
export interface OsContract {
  readonly name: string;
  readonly type: 'sw.block';
  readonly description: string;
  readonly provides: readonly ContractReference[];
  readonly composedOf: readonly [operatingSystem: string, deviceType: string];
  readonly version: string;
}

/** What the contracts folder of a repository says about a device type; the release adds its version. */
export type UnversionedContract = Omit<OsContract, 'version'>;

export interface OsContractRequest {
  /** Null when the repository has no contracts folder. */
  readonly contract: UnversionedContract | null;
  readonly deviceType: Pick<DeviceType, 'slug' | 'name'>;
  readonly version: OsVersion;
  /** `signed` adds the secureboot feature. */
  readonly secureBoot: 'signed' | 'unsigned';
}

export interface ComposedContract {
  readonly contract: OsContract;
  /** Whether the names come from the contracts folder or from the device type file. */
  readonly origin: 'contracts' | 'device-type';
}

const OS_SLUG = 'balena-os';
const OS_NAME = 'balenaOS';

/**
 * The OS contract of one release (balena-workflow 3.13): what the contracts folder gave, with secure boot first of all
 * the feature, and the version once and last. A repository without contracts gets one made from the device type, and
 * `origin` says so.
 */
export function composeOsContract(request: OsContractRequest): ComposedContract {
  const { name, type, description, provides, composedOf } =
    request.contract ?? contractOfDeviceType(request.deviceType);
  const feature = request.secureBoot === 'signed' ? [{ type: 'sw.feature', slug: 'secureboot' }] : [];
  return {
    contract: {
      name,
      type,
      description,
      provides: [...feature, ...provides],
      composedOf,
      version: request.version.canonical,
    },
    origin: request.contract ? 'contracts' : 'device-type',
  };
}

function contractOfDeviceType({ name, slug }: OsContractRequest['deviceType']): UnversionedContract {
  return {
    name: `${OS_NAME} for ${name}`,
    type: 'sw.block',
    description: `${OS_NAME} for a ${name}`,
    provides: [
      { type: 'sw.os', slug: OS_SLUG },
      { type: 'hw.device-type', slug },
    ],
    composedOf: [OS_SLUG, slug],
  };
}
