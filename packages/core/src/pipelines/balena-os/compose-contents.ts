import { buildConfigOf } from '../../config/with-build-flags.ts';
import {
  type BuildMatrixEntry,
  buildMatrixOf,
  type RegistryImage,
  registryImagesOf,
} from '../../model/build-matrix.ts';
import type { Composition } from '../../model/composition.ts';
import { composeOsContract, type OsContract } from '../../model/contract.ts';
import { type EffectiveComposition, effectiveComposition } from '../../model/effective-composition.ts';
import type { Decision } from '../../plan/plan.ts';
import type { BalenaOsFacts } from './facts.ts';
import type { Situation } from './situation.ts';

/** What goes into the release besides the built bytes. */
export interface ReleaseContents {
  readonly composition: Composition;
  readonly origin: EffectiveComposition['origins'];
  readonly contract: OsContract;
  readonly matrix: readonly BuildMatrixEntry[];
  /** Services whose image is not built but copied from a registry. */
  readonly registryImages: readonly RegistryImage[];
  readonly decisions: readonly Decision[];
}

/** Merges and checks composition and contract. @throws config errors with every problem at once */
export function composeContents(
  facts: BalenaOsFacts,
  situation: Pick<Situation, 'version' | 'config'>,
): ReleaseContents {
  const merged = effectiveComposition({
    ...facts.composition,
    mergeArrays: situation.config.composition.mergeArrays,
  });
  const { signing } = buildConfigOf(situation.config, facts.deviceType.fileBaseName);
  const composed = composeOsContract({
    contract: facts.osContract,
    deviceType: facts.deviceType,
    version: situation.version,
    secureBoot: signing === null ? 'unsigned' : 'signed',
  });
  const files = [facts.composition.base?.file, facts.composition.overlay?.file].filter(
    (file) => file !== undefined,
  );
  return {
    composition: merged.composition,
    origin: merged.origins,
    contract: composed.contract,
    matrix: buildMatrixOf(merged.composition, facts.deviceType.machine),
    registryImages: registryImagesOf(merged.composition),
    decisions: [
      {
        rule: 'composition.source',
        outcome: files.length === 0 ? 'generated' : 'read',
        because:
          files.length === 0
            ? 'no hostapp.yml was found: one hostapp service'
            : `merged from ${files.join(' and ')}`,
      },
      ...merged.optedOut.map((service) => ({
        rule: 'composition.opt-out',
        outcome: 'skip',
        because: `service ${service} is switched off by null in the overlay`,
      })),
      {
        rule: 'contract.source',
        outcome: composed.origin,
        because:
          composed.origin === 'contracts'
            ? 'made from the contracts folder'
            : 'there is no contracts folder: made from the device type itself',
      },
    ],
  };
}
