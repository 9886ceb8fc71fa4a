/**
 * What may be done with objects of a bucket. `write-file`: also in parts. `write-once`: a write that compares first, and
 * so may keep claims beside the key.
 */
export type StoreOperation = 'list' | 'read' | 'write' | 'write-once' | 'write-file' | 'remove';

export interface StoreNeed {
  readonly operation: StoreOperation;
  /** A key, or everything below a folder: `images/raspberrypi5/6.5.1/*`. */
  readonly place: string;
}

export type BalenaOperation = 'create' | 'read' | 'update' | 'delete';

export interface BalenaNeed {
  /** As the API names it: `release_asset`. */
  readonly resource: string;
  readonly operations: readonly BalenaOperation[];
}

export type GithubLevel = 'read' | 'write';

export interface Ec2Need {
  /** As IAM names it, without `ec2:`. */
  readonly action: string;
  /** The mark that must be on what is touched; null: nothing is bound to a mark. */
  readonly mark: string | null;
}

/** What one step, or one plan, does to remote services. */
export interface RemoteNeeds {
  readonly store: readonly StoreNeed[];
  /** The bucket that machine images are imported from. */
  readonly imageStore: readonly StoreNeed[];
  readonly balena: readonly BalenaNeed[];
  /** What is done with the registry of the application's images. */
  readonly registry: readonly ('pull' | 'push')[];
  /** Permission of a token or an App -> level, as GitHub names them. */
  readonly github: Readonly<Record<string, GithubLevel>>;
  readonly ec2: readonly Ec2Need[];
}

export const NO_NEEDS: RemoteNeeds = {
  store: [],
  imageStore: [],
  balena: [],
  registry: [],
  github: {},
  ec2: [],
};

/** Everything that any of them needs, each thing once, sorted. */
export function mergeNeeds(needs: readonly RemoteNeeds[]): RemoteNeeds {
  return {
    store: distinct(needs.flatMap((each) => each.store)),
    imageStore: distinct(needs.flatMap((each) => each.imageStore)),
    balena: mergeBalena(needs.flatMap((each) => each.balena)),
    registry: [...new Set(needs.flatMap((each) => each.registry))].sort(),
    github: mergeGithub(needs.map((each) => each.github)),
    ec2: distinct(needs.flatMap((each) => each.ec2)),
  };
}

function distinct<Need>(needs: readonly Need[]): readonly Need[] {
  const byText = new Map(needs.map((need) => [JSON.stringify(need), need]));
  return [...byText].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, need]) => need);
}

const OPERATIONS: readonly BalenaOperation[] = ['create', 'read', 'update', 'delete'];

function mergeBalena(needs: readonly BalenaNeed[]): readonly BalenaNeed[] {
  const resources = [...new Set(needs.map(({ resource }) => resource))].sort();
  return resources.map((resource) => {
    const own = needs.filter((need) => need.resource === resource).flatMap((need) => need.operations);
    return { resource, operations: OPERATIONS.filter((operation) => own.includes(operation)) };
  });
}

function mergeGithub(
  needs: readonly Readonly<Record<string, GithubLevel>>[],
): Readonly<Record<string, GithubLevel>> {
  const entries = needs.flatMap((each) => Object.entries(each));
  const names = [...new Set(entries.map(([name]) => name))].sort();
  const levelOf = (wanted: string): GithubLevel =>
    entries.some(([name, level]) => name === wanted && level === 'write') ? 'write' : 'read';
  return Object.fromEntries(names.map((name) => [name, levelOf(name)]));
}
