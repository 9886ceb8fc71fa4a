import { badConfig } from '../errors/osrel-error.ts';
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

export interface OsContractRequest {
  /** Parsed contract.json files; undefined when the repository has no contracts folder. */
  readonly contracts: readonly unknown[] | undefined;
  readonly deviceType: Pick<DeviceType, 'slug' | 'name' | 'arch' | 'aliases'>;
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
const FALLBACK_OS_NAME = 'balenaOS';

/**
 * The OS contract of one device type (balena-workflow 3.13): "<OS> for <device>", provides the OS and the device
 * type, with secure boot first of all the feature. From the contracts it needs the OS `balena-os`, the device
 * type by slug or alias, and the architecture that the device type names. A repository without contracts gets
 * one made from the device type, and `origin` says so.
 * Throws config `contract.os-missing`, `contract.device-type-missing`, `contract.architecture-missing`.
 */
export function composeOsContract(request: OsContractRequest): ComposedContract {
  if (request.contracts === undefined) {
    const names = { operatingSystem: FALLBACK_OS_NAME, device: request.deviceType.name };
    return { contract: contractOf(request, names), origin: 'device-type' };
  }
  const universe = request.contracts.flatMap((contract) => expandVariants(contract));
  return { contract: contractOf(request, namesFrom(universe, request.deviceType)), origin: 'contracts' };
}

interface Names {
  readonly operatingSystem: string;
  readonly device: string;
}

type RawContract = Readonly<Record<string, unknown>>;

function contractOf(request: OsContractRequest, names: Names): OsContract {
  const { slug } = request.deviceType;
  const feature = request.secureBoot === 'signed' ? [{ type: 'sw.feature', slug: 'secureboot' }] : [];
  return {
    name: `${names.operatingSystem} for ${names.device}`,
    type: 'sw.block',
    description: `${names.operatingSystem} for a ${names.device}`,
    provides: [...feature, { type: 'sw.os', slug: OS_SLUG }, { type: 'hw.device-type', slug }],
    composedOf: [OS_SLUG, slug],
    version: request.version.canonical,
  };
}

function namesFrom(universe: readonly RawContract[], deviceType: OsContractRequest['deviceType']): Names {
  const { slug } = deviceType;
  const operatingSystem = findContract(universe, 'sw.os', [OS_SLUG]);
  if (operatingSystem === undefined) {
    throw badConfig('contract.os-missing', `no sw.os contract with slug ${OS_SLUG} among the contracts`, {
      hint: 'update the contracts submodule: git submodule update --init contracts',
    });
  }
  const device = findContract(universe, 'hw.device-type', [slug, ...deviceType.aliases]);
  if (device === undefined) {
    throw badConfig(
      'contract.device-type-missing',
      `no hw.device-type contract for ${slug} among the contracts`,
      {
        hint: `add contracts/contracts/hw.device-type/${slug}/contract.json, or one for an alias of it`,
        details: { slug, aliases: deviceType.aliases },
      },
    );
  }
  checkArchitecture(universe, device, slug);
  return {
    operatingSystem: nameOf(operatingSystem, FALLBACK_OS_NAME),
    device: nameOf(device, deviceType.name),
  };
}

function checkArchitecture(universe: readonly RawContract[], device: RawContract, slug: string): void {
  const arch = isRecord(device.data) ? device.data.arch : undefined;
  if (typeof arch === 'string' && findContract(universe, 'arch.sw', [arch]) !== undefined) return;
  const reason = typeof arch === 'string' ? `no arch.sw contract for ${arch}` : 'its data.arch is missing';
  throw badConfig('contract.architecture-missing', `hw.device-type contract of ${slug}: ${reason}`, {
    hint: 'data.arch of the device type contract must be the slug of an arch.sw contract',
  });
}

/** The contract with one of the slugs, earlier slugs first; a contract's own aliases count after its slug. */
function findContract(
  universe: readonly RawContract[],
  type: string,
  slugs: readonly string[],
): RawContract | undefined {
  const ofType = universe.filter((contract) => contract.type === type);
  for (const slug of slugs) {
    const found =
      ofType.find((contract) => contract.slug === slug) ??
      ofType.find((contract) => hasAlias(contract, slug));
    if (found !== undefined) return found;
  }
  return undefined;
}

function hasAlias(contract: RawContract, slug: string): boolean {
  return Array.isArray(contract.aliases) && contract.aliases.includes(slug);
}

function nameOf(contract: RawContract, fallback: string): string {
  return typeof contract.name === 'string' && contract.name !== '' ? contract.name : fallback;
}

/** A contract file may hold a list, and a contract may hold variants that each override some of its keys. */
function expandVariants(contract: unknown): readonly RawContract[] {
  if (Array.isArray(contract)) return contract.flatMap((item) => expandVariants(item));
  if (!isRecord(contract)) return [];
  const { variants, ...base } = contract;
  if (!Array.isArray(variants)) return [base];
  return variants.flatMap((variant) =>
    isRecord(variant) ? expandVariants(withOverrides(base, variant)) : [],
  );
}

function withOverrides(base: RawContract, variant: RawContract): RawContract {
  const [baseData, variantData] = [base.data, variant.data];
  const data = isRecord(baseData) && isRecord(variantData) ? { data: { ...baseData, ...variantData } } : {};
  return { ...base, ...variant, ...data };
}

function isRecord(value: unknown): value is RawContract {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
