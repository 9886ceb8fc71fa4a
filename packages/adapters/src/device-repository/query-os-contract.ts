import { buildTemplate, Contract, type ContractObject, query, Universe } from '@balena/contrato';
import { badConfig, type OsrelError, type UnversionedContract } from '@osrel/core';
import { z } from 'zod';
import { parseYaml } from './parse-document.ts';

const OS_SLUG = 'balena-os';

/** One operating system, one device type and one architecture that fit together. */
const SELECTOR = { 'sw.os': 1, 'hw.device-type': 1, 'arch.sw': 1 };

const SKELETON = {
  type: 'meta.context',
  operatingSystem: '{{this.children.sw.os.slug}}',
  deviceType: '{{this.children.hw.device-type.slug}}',
};

const TEMPLATE = `name: "{{this.sw.os.name}} for {{this.hw.device-type.name}}"
type: sw.block
description: "{{this.sw.os.name}} for a {{this.hw.device-type.name}}"
provides:
  - type: sw.os
    slug: "{{this.sw.os.slug}}"
  - type: hw.device-type
    slug: "{{this.hw.device-type.slug}}"
composedOf: ["{{this.sw.os.slug}}", "{{this.hw.device-type.slug}}"]
`;

const contractSchema = z.object({
  name: z.string(),
  type: z.literal('sw.block'),
  description: z.string(),
  provides: z.array(z.object({ type: z.string(), slug: z.string() })),
  composedOf: z.tuple([z.string(), z.string()]),
});

type RawContract = Readonly<Record<string, unknown>>;

/**
 * The OS contract of a device type, found by contrato in a universe of contracts (balena-automation 2.8). The device
 * type may be named by an alias. Where several fit, the last one counts, as upstream the last one written stays.
 * Throws config `contract.os-missing`, `contract.device-type-missing`, `contract.architecture-missing`.
 */
export async function queryOsContract(
  contracts: readonly RawContract[],
  slug: string,
): Promise<UnversionedContract> {
  const universe = new Universe();
  universe.addChildren(contracts.flatMap((contract) => Contract.build(toContractObject(contract))));
  const context = findContext(universe, slug);
  if (context === undefined) throw whyNone(universe, slug);
  const rendered = { type: SKELETON.type, toJSON: () => context.toJSON() };
  const text = await buildTemplate(TEMPLATE, rendered, { directory: '' });
  return contractSchema.parse(parseYaml(text, `${slug}/${OS_SLUG}/balena.yml`));
}

function findContext(universe: Universe, slug: string): Contract | undefined {
  // A universe without one of the types is an error to contrato, which does not say what to do about it.
  if (Object.keys(SELECTOR).some((type) => universe.getChildrenByType(type).length === 0)) return undefined;
  const contexts = [...query(universe, SELECTOR, SKELETON)];
  return contexts.findLast((context) => {
    const found: Readonly<Record<string, unknown>> = { ...context.toJSON() };
    return found.operatingSystem === OS_SLUG && found.deviceType === slug;
  });
}

/** Contrato wants a type and reads every other key with care. */
function toContractObject(contract: RawContract): ContractObject {
  return { ...contract, type: String(contract.type) };
}

function whyNone(universe: Universe, slug: string): OsrelError {
  const bySlug = (type: string, wanted: string) =>
    universe.getChildrenByType(type).find((contract) => contract.getAllSlugs().has(wanted));
  if (bySlug('sw.os', OS_SLUG) === undefined) {
    return badConfig('contract.os-missing', `no sw.os contract with slug ${OS_SLUG} among the contracts`, {
      hint: 'update the contracts submodule: git submodule update --init contracts',
    });
  }
  const device = bySlug('hw.device-type', slug);
  if (device === undefined) {
    return badConfig(
      'contract.device-type-missing',
      `no hw.device-type contract for ${slug} among the contracts`,
      {
        hint: `add contracts/contracts/hw.device-type/${slug}/contract.json, or ${slug} to the aliases of another`,
        details: { slug },
      },
    );
  }
  const { data } = device.raw;
  const arch: unknown = data === undefined || data === null ? undefined : Reflect.get(Object(data), 'arch');
  const reason =
    typeof arch !== 'string'
      ? 'its data.arch is missing'
      : bySlug('arch.sw', arch) === undefined
        ? `no arch.sw contract for ${arch}`
        : `${OS_SLUG} is not made for ${arch}`;
  return badConfig('contract.architecture-missing', `hw.device-type contract of ${slug}: ${reason}`, {
    hint: 'data.arch of the device type contract must be the slug of an arch.sw contract that the OS allows',
  });
}
