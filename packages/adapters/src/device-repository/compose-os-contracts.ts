import { createHash } from 'node:crypto';
import type { RepositoryDocument, UnversionedContract } from '@osrel/core';
import type { EvaluationCache } from './evaluate-device-type.ts';

/** Raised whenever contrato or the blueprint change what comes out. */
export const COMPOSITION = '@balena/contrato 0.13.0, blueprint 1\n';

/**
 * The OS contracts of device types, by slug, from the contract.json files of a repository (balena-automation 2.8,
 * balena-workflow 3.13). Only contracts that can matter for a slug go into its universe, and what comes out is kept by
 * their content: the library is loaded when a contract is new.
 * Throws config `contract.os-missing`, `contract.device-type-missing`, `contract.architecture-missing`.
 */
export async function composeOsContracts(
  documents: readonly RepositoryDocument[],
  slugs: readonly string[],
  cache: EvaluationCache | undefined,
): Promise<ReadonlyMap<string, UnversionedContract>> {
  const contracts = documents.flatMap(({ document }) =>
    Array.isArray(document) ? document.flat() : [document],
  );
  const written = contracts
    .filter(isContract)
    .map((contract) => ({ contract, text: JSON.stringify(contract) }));
  const composed = new Map<string, UnversionedContract>();
  for (const slug of slugs) {
    const universe = written.filter((each) => isAbout(each, slug));
    const key = createHash('sha256')
      .update(`${COMPOSITION}${slug}\n${universe.map(({ text }) => text).join('\n')}`)
      .digest('hex');
    composed.set(slug, await fromCache(cache, key, () => compose(universe, slug)));
  }
  return composed;
}

interface WrittenContract {
  readonly contract: Readonly<Record<string, unknown>>;
  readonly text: string;
}

async function compose(universe: readonly WrittenContract[], slug: string): Promise<UnversionedContract> {
  const { queryOsContract } = await import('./query-os-contract.ts');
  return queryOsContract(
    universe.map(({ contract }) => contract),
    slug,
  );
}

async function fromCache(
  cache: EvaluationCache | undefined,
  key: string,
  work: () => Promise<UnversionedContract>,
): Promise<UnversionedContract> {
  const kept = await cache?.find(key);
  if (kept !== undefined) return JSON.parse(kept) as UnversionedContract; // what this function wrote below
  const contract = await work();
  await cache?.keep(key, JSON.stringify(contract));
  return contract;
}

function isContract(contract: unknown): contract is Readonly<Record<string, unknown>> {
  return typeof contract === 'object' && contract !== null && !Array.isArray(contract);
}

/** A contract may name what it is about as its slug, as an alias or inside a variant: whatever mentions it is kept. */
function isAbout({ contract, text }: WrittenContract, slug: string): boolean {
  if (contract.type === 'arch.sw') return true;
  if (contract.type === 'sw.os') return text.includes('"balena-os"');
  return contract.type === 'hw.device-type' && text.includes(JSON.stringify(slug));
}
