/** Who holds a lock. */
export interface LockOwner {
  readonly pid: number;
  readonly host: string;
  readonly runId: string;
  /** ISO 8601. */
  readonly since: string;
}

export interface HeldLock {
  release(): Promise<void>;
}

/** One osrel per release: a lock by application and version. */
export interface ReleaseLock {
  /**
   * Throws conflict `lock.held` naming owner and age while a live process holds it; takes over the lock of a dead one.
   */
  acquire(name: string, runId: string): Promise<HeldLock>;
  /** The live owner; undefined when nobody holds it. */
  findOwner(name: string): Promise<LockOwner | undefined>;
}
