import type { TestMatrixEntry } from '../model/test-matrix.ts';
import type { TestVerdict } from '../model/test-verdict.ts';
import type { Waiver } from '../model/waiver.ts';

/** What finalization asks of the receipts of a device type. */
export interface EvidencePolicy {
  /** Suites that must have passed. */
  readonly required: readonly string[];
  /** Tests that must have passed at least, by suite; a suite that is not named needs one. */
  readonly minimum: Readonly<Record<string, number>>;
  /** Older receipts and checks prove nothing; null: age does not matter. */
  readonly maxAgeDays: number | null;
}

/** What was written for a tier or a machine; absent keys fall back to the next wider one. */
export type EvidencePolicyWish = Partial<EvidencePolicy>;

/** A rule of osrel.yml that names the cause of a failure by a text in the suite's log or in a failure's message. */
export interface VerdictRule {
  /** Regular expression, matched line by line. */
  readonly match: string;
  readonly verdict: Exclude<TestVerdict, 'passed'>;
  readonly because: string;
  /** Only this suite; null: every one. */
  readonly suite: string | null;
}

/** How QEMU rigs of Leviathan are made (leviathan 1.4). */
export interface LeviathanQemuConfig {
  readonly cpus: number;
  /** As qemu takes it: `1G`; `4G` with secure boot where nothing is written. */
  readonly memory: string | null;
  readonly internalStorage: boolean;
  readonly externalStorage: boolean;
}

/** Container images of Leviathan, each with its digest; null: built or pulled as the checkout's compose files say. */
export interface LeviathanImages {
  readonly core: string | null;
  readonly client: string | null;
  readonly worker: string | null;
}

export interface LeviathanConfig {
  /** `native`: osrel speaks the core's protocol. `client`: the stock client runs, its reports are read. */
  readonly driver: 'native' | 'client';
  /** Path of the Leviathan checkout below the repository root. */
  readonly checkout: string;
  /** Path of the folder whose subfolders are suites. */
  readonly suites: string;
  /** Addresses of cores that already run; empty: each suite gets one of its own by docker compose. */
  readonly cores: readonly string[];
  /** Addresses of rigs, instead of those in fleets. */
  readonly rigs: readonly string[];
  /** Program and first arguments of the stock client, instead of the client container. */
  readonly client: readonly string[];
  readonly images: LeviathanImages;
  readonly fleets: readonly string[];
  /** Organization that test fleets are made in. */
  readonly organization: string;
  /** Where the network of the rig is reached by ssh. */
  readonly ssh: { readonly host: string; readonly port: number };
  /** How long a free rig is waited for. */
  readonly waitMinutes: number;
  /** Minutes without any output after which a suite counts as hung. */
  readonly silenceMinutes: number;
  /** Path of private contracts below the repository root; null: none. */
  readonly privateContracts: string | null;
  readonly preserveDownloads: boolean;
  /** Exact titles of tests that are not run. */
  readonly unstable: readonly string[];
  readonly qemu: LeviathanQemuConfig;
}

/** The built-in boot test. */
export interface QemuLabConfig {
  /** Regular expression that the serial console must show. */
  readonly marker: string;
  readonly memory: string;
  readonly cpus: number;
  /** `auto`: KVM where it works, else software. */
  readonly acceleration: 'auto' | 'kvm' | 'software';
  /** Path of the UEFI firmware; null: looked for. */
  readonly firmware: string | null;
  /** Minutes that a boot may take. */
  readonly bootMinutes: number;
}

/** Suites at once, by kind of rig. */
export type RigLimits = Readonly<Record<'testbot' | 'qemu' | 'local', number | null>>;

export interface TestsConfig extends EvidencePolicy {
  readonly matrix: readonly TestMatrixEntry[];
  /** Whether osrel.yml names the matrix; false when it is the built-in os, cloud, hup. */
  readonly matrixIsConfigured: boolean;
  /** False switches automatic finalization on a tag off (the workflow's finalize-on-push-if-tests-passed). */
  readonly finalizeWhenPassed: boolean;
  /** Evidence asked of machines of a tier, by tier. */
  readonly tiers: Readonly<Record<string, EvidencePolicyWish>>;
  /** How often a suite is tried again after rig and infrastructure failures. */
  readonly retries: number;
  readonly limits: RigLimits;
  readonly waivers: readonly Waiver[];
  readonly verdicts: readonly VerdictRule[];
  /** ed25519 public keys whose receipts count, base64 of 32 bytes. */
  readonly trustedKeys: readonly string[];
  readonly leviathan: LeviathanConfig;
  readonly qemu: QemuLabConfig;
}
