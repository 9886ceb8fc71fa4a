import type { TestMatrixEntry } from '../model/test-matrix.ts';
import type { LeviathanConfig, QemuLabConfig, RigLimits } from './tests-config.ts';

/** Suites that Leviathan brings; they may be required without a matrix. */
export const BUILT_IN_SUITES = ['os', 'cloud', 'hup'] as const;

/** The three suites of the reference workflow, each a matrix entry of its own. */
export const DEFAULT_MATRIX: readonly TestMatrixEntry[] = BUILT_IN_SUITES.map((suite) => ({
  id: suite,
  suite,
  lab: 'leviathan',
  worker: 'testbot',
}));

/** As the reference workflow drives Leviathan (balena-workflow 9.3, leviathan 6); waiting has an end, there it has none. */
export const DEFAULT_LEVIATHAN: LeviathanConfig = {
  driver: 'native',
  checkout: 'layers/meta-balena/tests/leviathan',
  suites: 'layers/meta-balena/tests/suites',
  cores: [],
  rigs: [],
  client: [],
  images: { core: null, client: null, worker: null },
  fleets: [
    'balena/testbot-rig',
    'balena/testbot-rig-partners',
    'balena/testbot-rig-x86',
    'balena/testbot-rig-partners-x86',
    'balena/testbot-rig-aarch64',
  ],
  organization: 'testbot',
  ssh: { host: 'ssh.balena-devices.com', port: 22 },
  waitMinutes: 120,
  silenceMinutes: 30,
  privateContracts: null,
  preserveDownloads: false,
  unstable: [],
  qemu: { cpus: 4, memory: null, internalStorage: true, externalStorage: true },
};

/** What every getty prints; an image with another console names its own. */
export const DEFAULT_QEMU_LAB: QemuLabConfig = {
  marker: ' login: ?$',
  memory: '1G',
  cpus: 2,
  acceleration: 'auto',
  firmware: null,
  bootMinutes: 10,
};

/** Rigs of a fleet limit themselves; QEMU needs this machine's memory and cores. */
export const DEFAULT_LIMITS: RigLimits = { testbot: null, qemu: 2, local: 4 };

export const DEFAULT_RETRIES = 1;
