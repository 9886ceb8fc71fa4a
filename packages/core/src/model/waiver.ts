/** A known failure that does not hold a release up, until it expires. */
export interface Waiver {
  /** Full name of the test, groups joined with ` > `; a `*` stands for any text. */
  readonly test: string;
  /** Null: every suite. */
  readonly suite: string | null;
  /** Slugs it holds for; empty: every device type. */
  readonly deviceTypes: readonly string[];
  readonly reason: string;
  /** Address or id of the issue that is about it. */
  readonly tracker: string;
  readonly owner: string;
  /** Last day it holds, `YYYY-MM-DD`, UTC. */
  readonly expires: string;
}
