/** What the stock client's output has told so far. */
export interface ClientState {
  /** Address of the rig that it has reserved, as the client sees it. */
  readonly rigUrl: string | null;
  /** The suite's end as the core told it, the last time it was told. */
  readonly verdict: 'PASS' | 'FAIL' | null;
  /** A suite ran: all uploads had arrived. */
  readonly hasSuiteStarted: boolean;
  /** The suite itself freed the rig: the core prints each request to it. */
  readonly hasSuiteFreedRig: boolean;
  readonly isRigLost: boolean;
  readonly isConnectionClosed: boolean;
  /** Exit code of the child that ran the suite, as the client tells it at its end. */
  readonly childCode: number | null;
  /** What it refused to start with: its last error before any rig was taken. */
  readonly refusal: string | null;
  /** The last line that is an error's message. */
  readonly lastError: string | null;
}

export interface ClientOutput {
  /** Takes one line; gives it without what the client puts before it. */
  readonly onLine: (line: string) => string;
  readonly state: () => ClientState;
}

/** `[time][worker] ` or `[time] INFO: `, before the first line of each chunk (leviathan 4.1). */
const PREFIX = /^\[\d{4}-\d{2}-\d{2}T[\d:.]+Z\](?:\[[^\]]*\])? /;
const REFUSALS =
  /(No workers found for worker tag: .*|Invalid configuration -> .*|Configuration issues -> .*|Failed to authenticate with balenaSDK.*|BalenaRequestError: .*|Cannot find module .*)/;

/** Reads the output of the client of Leviathan (2.36) line by line. */
export function watchClientOutput(): ClientOutput {
  let state: ClientState = {
    rigUrl: null,
    verdict: null,
    hasSuiteStarted: false,
    hasSuiteFreedRig: false,
    isRigLost: false,
    isConnectionClosed: false,
    childCode: null,
    refusal: null,
    lastError: null,
  };
  return {
    state: () => state,
    onLine: (line) => {
      const text = line.replace(PREFIX, '');
      state = { ...state, ...changeBy(text, state) };
      return text;
    },
  };
}

function changeBy(text: string, { rigUrl }: ClientState): Partial<ClientState> {
  const [, url] = /^INFO: WORKER URL: (\S+)$/.exec(text) ?? [];
  if (url !== undefined) return { rigUrl: url };
  const [, verdict] = /^Test suite has exited with: (PASS|FAIL)$/.exec(text) ?? [];
  if (verdict === 'PASS' || verdict === 'FAIL') return { verdict, hasSuiteStarted: true };
  const [, code] = /^Exiting with .*, children: (\d+) \(/.exec(text) ?? [];
  if (code !== undefined) return { childCode: Number(code) };
  if (text === 'Run queue summary:' || text === 'TAP version 13') return { hasSuiteStarted: true };
  if (/^POST https?:\/\/\S+\/teardown$/.test(text)) return { hasSuiteFreedRig: true };
  if (text.includes('Lost communication with worker!')) return { isRigLost: true };
  if (text === 'WS connection is closed') return { isConnectionClosed: true };
  const [refusal] = (rigUrl === null ? REFUSALS.exec(text) : null) ?? [];
  if (refusal !== undefined) return { refusal };
  return /^(\w*Error): \S/.test(text) ? { lastError: text.slice(0, 500) } : {};
}
