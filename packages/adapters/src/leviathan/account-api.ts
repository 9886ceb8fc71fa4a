import type { LeviathanAccount } from './leviathan-parts.ts';

/** The API of a balena account, as far as finding rigs needs it. */
export interface AccountApi {
  /**
   * The parsed JSON at a path such as `/v7/device?$select=id`. Throws permission for a key that is refused, upstream
   * for a server that fails, with `retryable` and `details.retryAfterMs` where the same call may succeed later; passing
   * failures were repeated by then.
   */
  get(path: string, signal: AbortSignal): Promise<unknown>;
}

export type AccountApiOf = (account: LeviathanAccount) => AccountApi;
