export type Tags = ReadonlyMap<string, string>;

export interface Ec2Image {
  readonly id: string;
  readonly name: string;
  readonly architecture: string;
  readonly bootMode: string;
  readonly tpmSupport: string | null;
  readonly virtualization: string;
  readonly ena: boolean;
  readonly rootDevice: string;
  readonly disk: {
    readonly device: string;
    readonly snapshotId: string;
    readonly sizeGib: number;
    readonly type: string;
    readonly deletedOnTermination: boolean;
  };
}

export interface Ec2Snapshot {
  readonly id: string;
  readonly description: string;
  readonly kmsKey: string | null;
}

/** One look at an import: what it shows then. The last one stays. */
export interface ImportLook {
  readonly status: 'active' | 'completed' | 'deleting' | 'deleted';
  readonly progress: number | null;
  readonly message: string;
}

export interface Ec2Import {
  readonly id: string;
  readonly token: string;
  /** What was asked for, to compare with when the token comes again. */
  readonly fingerprint: string;
  readonly description: string;
  readonly bucket: string;
  readonly key: string;
  readonly kmsKey: string | null;
  /** Given when the import has completed. */
  snapshotId: string | null;
  looks: readonly ImportLook[];
}

/** How an import goes that nobody disturbs. */
export const SMOOTH_IMPORT: readonly ImportLook[] = [
  { status: 'active', progress: 3, message: 'pending' },
  { status: 'active', progress: 19, message: 'downloading/converting' },
  { status: 'active', progress: 62, message: 'downloading/converting' },
  { status: 'completed', progress: null, message: '' },
];

/** How one goes that fails: first it is being deleted, with the reason, then it is. */
export function failingImport(message: string): readonly ImportLook[] {
  return [
    { status: 'active', progress: 3, message: 'pending' },
    { status: 'deleting', progress: null, message },
    { status: 'deleted', progress: null, message },
  ];
}

/** The account: what is there, and what tests bend about it. */
export class Ec2World {
  readonly images = new Map<string, Ec2Image>();
  readonly snapshots = new Map<string, Ec2Snapshot>();
  readonly imports = new Map<string, Ec2Import>();
  /** By id of whatever carries them. */
  readonly tags = new Map<string, Map<string, string>>();
  /** Actions that the credentials may not use. */
  readonly denied = new Set<string>();
  /** How the next imports go, first come first served; then smoothly. */
  readonly scripts: (readonly ImportLook[])[] = [];
  /** Entries of a list page. */
  pageSize = 2;
  /** How often a new thing is left out of answers: a replica that is behind. */
  lag = 0;
  /** How much the service's clock is ahead, in milliseconds. */
  clockAheadMs = 0;
  /** Most images the account may have. */
  imageQuota = 100;
  private nextId = 1;
  private readonly hidden = new Map<string, number>();

  newId(prefix: 'ami' | 'snap' | 'import-snap'): string {
    const id = `${prefix}-${(0x1a2b0000 + this.nextId).toString(16).padStart(17, '0')}`;
    this.nextId += 1;
    if (this.lag > 0) this.hidden.set(id, this.lag);
    return id;
  }

  /** Whether this look at the thing finds it; each look brings the replica forward. */
  isShown(id: string): boolean {
    const left = this.hidden.get(id) ?? 0;
    if (left > 0) this.hidden.set(id, left - 1);
    return left === 0;
  }

  tagsOf(id: string): Tags {
    return this.tags.get(id) ?? new Map();
  }

  writeTags(id: string, tags: Tags): void {
    const known = this.tags.get(id) ?? new Map<string, string>();
    for (const [key, value] of tags) known.set(key, value);
    this.tags.set(id, known);
  }
}
