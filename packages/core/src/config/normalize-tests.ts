import type { TestMatrixEntry } from '../model/test-matrix.ts';
import type { Waiver } from '../model/waiver.ts';
import { DEFAULTS } from './default-config.ts';
import {
  BUILT_IN_SUITES,
  DEFAULT_LEVIATHAN,
  DEFAULT_LIMITS,
  DEFAULT_MATRIX,
  DEFAULT_QEMU_LAB,
  DEFAULT_RETRIES,
} from './default-tests.ts';
import type { EvidencePolicyWish, LeviathanConfig, QemuLabConfig, TestsConfig } from './tests-config.ts';
import type { WrittenConfig } from './written-config.ts';
import type {
  WrittenEvidence,
  WrittenLeviathan,
  WrittenQemuLab,
  WrittenTests,
  WrittenWaiver,
} from './written-tests.ts';

/** The section `tests` with every default filled in; `matrix` is undefined when the file names none. */
export function normalizeTests({
  written,
  matrix,
}: {
  readonly written: WrittenConfig;
  readonly matrix: readonly TestMatrixEntry[] | undefined;
}): TestsConfig {
  const tests: WrittenTests = written.tests ?? {};
  const suites = matrix === undefined ? BUILT_IN_SUITES : [...new Set(matrix.map((entry) => entry.suite))];
  return {
    required: tests.required ?? suites,
    minimum: tests.minimum ?? {},
    maxAgeDays: tests['max-age-days'] ?? null,
    matrix: matrix ?? DEFAULT_MATRIX,
    matrixIsConfigured: matrix !== undefined,
    finalizeWhenPassed: tests['finalize-when-passed'] ?? DEFAULTS.finalizeWhenPassed,
    tiers: Object.fromEntries(
      Object.entries(tests.tiers ?? {}).map(([tier, wish]) => [tier, evidenceWish(wish ?? {})]),
    ),
    retries: tests.retries ?? DEFAULT_RETRIES,
    limits: {
      testbot: tests.limits?.testbot ?? DEFAULT_LIMITS.testbot,
      qemu: tests.limits?.qemu ?? DEFAULT_LIMITS.qemu,
      local: tests.limits?.local ?? DEFAULT_LIMITS.local,
    },
    waivers: (tests.waivers ?? []).map(waiverOf),
    verdicts: (tests.verdicts ?? []).map(({ suite, ...rule }) => ({ ...rule, suite: suite ?? null })),
    trustedKeys: tests['trusted-keys'] ?? [],
    leviathan: leviathanOf(tests.leviathan ?? {}),
    qemu: qemuLabOf(tests.qemu ?? {}),
  };
}

/** What a tier or a machine asks for in particular. */
export function evidenceWish(written: WrittenEvidence): EvidencePolicyWish {
  const { required, minimum, 'max-age-days': maxAgeDays } = written;
  return {
    ...(required === undefined ? {} : { required }),
    ...(minimum === undefined || minimum === null ? {} : { minimum }),
    ...(maxAgeDays === undefined ? {} : { maxAgeDays }),
  };
}

function waiverOf({ suite, 'device-types': deviceTypes, ...waiver }: WrittenWaiver): Waiver {
  return { ...waiver, suite: suite ?? null, deviceTypes: deviceTypes ?? [] };
}

function leviathanOf(written: WrittenLeviathan): LeviathanConfig {
  const byDefault = DEFAULT_LEVIATHAN;
  return {
    driver: written.driver ?? byDefault.driver,
    checkout: written.checkout ?? byDefault.checkout,
    suites: written.suites ?? byDefault.suites,
    cores: written.cores ?? byDefault.cores,
    rigs: written.rigs ?? byDefault.rigs,
    client: written.client ?? byDefault.client,
    images: {
      core: written.images?.core ?? byDefault.images.core,
      client: written.images?.client ?? byDefault.images.client,
      worker: written.images?.worker ?? byDefault.images.worker,
    },
    fleets: written.fleets ?? byDefault.fleets,
    organization: written.organization ?? byDefault.organization,
    ssh: {
      host: written.ssh?.host ?? byDefault.ssh.host,
      port: written.ssh?.port ?? byDefault.ssh.port,
    },
    waitMinutes: written['wait-minutes'] ?? byDefault.waitMinutes,
    silenceMinutes: written['silence-minutes'] ?? byDefault.silenceMinutes,
    privateContracts: written['private-contracts'] ?? byDefault.privateContracts,
    preserveDownloads: written['preserve-downloads'] ?? byDefault.preserveDownloads,
    unstable: written.unstable ?? byDefault.unstable,
    qemu: {
      cpus: written.qemu?.cpus ?? byDefault.qemu.cpus,
      memory: written.qemu?.memory ?? byDefault.qemu.memory,
      internalStorage: written.qemu?.['internal-storage'] ?? byDefault.qemu.internalStorage,
      externalStorage: written.qemu?.['external-storage'] ?? byDefault.qemu.externalStorage,
    },
  };
}

function qemuLabOf(written: WrittenQemuLab): QemuLabConfig {
  return {
    marker: written.marker ?? DEFAULT_QEMU_LAB.marker,
    memory: written.memory ?? DEFAULT_QEMU_LAB.memory,
    cpus: written.cpus ?? DEFAULT_QEMU_LAB.cpus,
    acceleration: written.acceleration ?? DEFAULT_QEMU_LAB.acceleration,
    firmware: written.firmware ?? DEFAULT_QEMU_LAB.firmware,
    bootMinutes: written['boot-minutes'] ?? DEFAULT_QEMU_LAB.bootMinutes,
  };
}
