import type { MachineConfig } from './config.ts';
import { DEFAULTS } from './default-config.ts';
import type { EvidencePolicy, TestsConfig } from './tests-config.ts';

/**
 * What finalization asks of a machine's receipts: its own section `tests` over that of its tier over `tests` itself.
 * Minimum counts are taken suite by suite. A machine that osrel.yml does not name is of the default tier.
 */
export function evidencePolicyOf(
  tests: Pick<TestsConfig, keyof EvidencePolicy | 'tiers'>,
  machine: Pick<MachineConfig, 'tier' | 'evidence'> | undefined,
): EvidencePolicy {
  const tier = tests.tiers[machine?.tier ?? DEFAULTS.tier] ?? {};
  const own = machine?.evidence ?? {};
  return {
    required: own.required ?? tier.required ?? tests.required,
    minimum: { ...tests.minimum, ...tier.minimum, ...own.minimum },
    maxAgeDays: own.maxAgeDays ?? tier.maxAgeDays ?? tests.maxAgeDays,
  };
}

/** The same for a device type by the base name of its file, as `buildConfigOf` finds a machine. */
export function evidencePolicyFor(
  config: { readonly tests: TestsConfig; readonly machines: readonly MachineConfig[] },
  deviceType: string,
): EvidencePolicy {
  return evidencePolicyOf(
    config.tests,
    config.machines.find((machine) => machine.deviceType === deviceType),
  );
}
