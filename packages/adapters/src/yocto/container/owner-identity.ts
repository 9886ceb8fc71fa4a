/** Names the osrel that made something, so that a later one knows whether it still runs. */
export interface OwnerIdentity {
  /** One line, fit for a container's label. */
  readonly text: string;
  /** Whether the owner of that text is certainly gone; false for a text nobody wrote here. */
  readonly isGone: (text: string) => boolean;
}

/** What tells a process from a later one with the same id; null where the system does not tell. */
export interface OwnerProcess {
  readonly pid: number;
  readonly host: string;
  readonly startTicks: string | null;
  readonly bootId: string | null;
  readonly pidNamespace: string | null;
}

export interface OwnerIdentityOptions {
  readonly own: OwnerProcess;
  /** `unknown`: on another host or in another container, so that nobody here can tell. */
  readonly judge: (owner: OwnerProcess) => 'alive' | 'gone' | 'unknown';
}

const TEXT = /^(\d+):(\d*):([0-9a-f-]*):(\d*)@([^@\s]*)$/;

/** Writes the identity as `<pid>:<start>:<boot>:<pid namespace>@<host>`. */
export function createOwnerIdentity({ own, judge }: OwnerIdentityOptions): OwnerIdentity {
  return {
    text: `${own.pid}:${own.startTicks ?? ''}:${own.bootId ?? ''}:${own.pidNamespace ?? ''}@${own.host}`,
    isGone: (text) => {
      const owner = parseOwner(text);
      return owner !== undefined && judge(owner) === 'gone';
    },
  };
}

function parseOwner(text: string): OwnerProcess | undefined {
  const [, pid, startTicks, bootId, pidNamespace, host] = TEXT.exec(text) ?? [];
  if (pid === undefined || host === undefined) return undefined;
  return {
    pid: Number(pid),
    host,
    startTicks: textOrNull(startTicks),
    bootId: textOrNull(bootId),
    pidNamespace: textOrNull(pidNamespace),
  };
}

function textOrNull(text: string | undefined): string | null {
  return text === undefined || text === '' ? null : text;
}
