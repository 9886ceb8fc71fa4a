import type { Json } from '../model/json-value.ts';
import type { Config, MachineConfig } from './config.ts';
import { type KeyPath, type Setting, setting } from './setting.ts';
import type { EvidencePolicyWish, LeviathanConfig, QemuLabConfig } from './tests-config.ts';

/** The keys of `tests` with their values. */
export function testSettings({ tests }: Pick<Config, 'tests'>): readonly Setting[] {
  return [
    setting(['tests', 'required'], tests.required, ['tests', 'matrix']),
    setting(['tests', 'minimum'], tests.minimum),
    setting(['tests', 'max-age-days'], tests.maxAgeDays),
    // Entries hold undefined nowhere: an absent field is an absent key.
    setting(
      ['tests', 'matrix'],
      tests.matrix.map((entry): Json => ({ ...entry })),
    ),
    setting(['tests', 'finalize-when-passed'], tests.finalizeWhenPassed),
    ...Object.entries(tests.tiers).flatMap(([tier, wish]) => wishSettings(['tests', 'tiers', tier], wish)),
    setting(['tests', 'retries'], tests.retries),
    ...(['testbot', 'qemu', 'local'] as const).map((kind) =>
      setting(['tests', 'limits', kind], tests.limits[kind]),
    ),
    setting(
      ['tests', 'waivers'],
      tests.waivers.map(
        ({ deviceTypes, ...waiver }): Json => ({ ...waiver, 'device-types': [...deviceTypes] }),
      ),
    ),
    setting(
      ['tests', 'verdicts'],
      tests.verdicts.map((rule): Json => ({ ...rule })),
    ),
    setting(['tests', 'trusted-keys'], tests.trustedKeys),
    ...rows(['tests', 'leviathan'], leviathanRows(tests.leviathan)),
    ...rows(['tests', 'qemu'], qemuRows(tests.qemu)),
  ];
}

/** What is asked of one machine in particular. */
export function machineTestSettings({
  machine,
  evidence,
}: Pick<MachineConfig, 'machine' | 'evidence'>): readonly Setting[] {
  return wishSettings(['machines', machine, 'tests'], evidence);
}

function wishSettings(path: KeyPath, wish: EvidencePolicyWish): readonly Setting[] {
  return [
    ...(wish.required === undefined ? [] : [setting([...path, 'required'], wish.required)]),
    ...(wish.minimum === undefined ? [] : [setting([...path, 'minimum'], wish.minimum)]),
    ...(wish.maxAgeDays === undefined ? [] : [setting([...path, 'max-age-days'], wish.maxAgeDays)]),
  ];
}

type Row = readonly [key: KeyPath, value: Json];

function rows(path: KeyPath, list: readonly Row[]): readonly Setting[] {
  return list.map(([key, value]) => setting([...path, ...key], value));
}

function leviathanRows(config: LeviathanConfig): readonly Row[] {
  const { images, ssh, qemu } = config;
  return [
    [['driver'], config.driver],
    [['checkout'], config.checkout],
    [['suites'], config.suites],
    [['cores'], config.cores],
    [['rigs'], config.rigs],
    [['client'], config.client],
    [['images', 'core'], images.core],
    [['images', 'client'], images.client],
    [['images', 'worker'], images.worker],
    [['fleets'], config.fleets],
    [['organization'], config.organization],
    [['ssh', 'host'], ssh.host],
    [['ssh', 'port'], ssh.port],
    [['wait-minutes'], config.waitMinutes],
    [['silence-minutes'], config.silenceMinutes],
    [['private-contracts'], config.privateContracts],
    [['preserve-downloads'], config.preserveDownloads],
    [['unstable'], config.unstable],
    [['qemu', 'cpus'], qemu.cpus],
    [['qemu', 'memory'], qemu.memory],
    [['qemu', 'internal-storage'], qemu.internalStorage],
    [['qemu', 'external-storage'], qemu.externalStorage],
  ];
}

function qemuRows(config: QemuLabConfig): readonly Row[] {
  return [
    [['marker'], config.marker],
    [['memory'], config.memory],
    [['cpus'], config.cpus],
    [['acceleration'], config.acceleration],
    [['firmware'], config.firmware],
    [['boot-minutes'], config.bootMinutes],
  ];
}
