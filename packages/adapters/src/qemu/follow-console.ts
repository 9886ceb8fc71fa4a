import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import type { Socket } from 'node:net';
import { createConsoleLines } from './console-lines.ts';
import type { BootFinding, BootWatch } from './watch-boot.ts';

/** A console that prints for ever must not fill the disk. */
const LONGEST_LOG = 64 * 1024 * 1024;

/** QEMU connects the console before its machine runs, in a tenth of a second where nothing else is at work. */
const CONNECT_MS = 60_000;

export interface ConsoleRequest {
  readonly watch: BootWatch;
  /** Absolute path of the file that gets every byte, up to 64 MiB. */
  readonly log: string;
  readonly bootMs: number;
  readonly timings: ConsoleTimings;
  readonly onLine: (line: string) => void;
  /** Called once: what the console, its silence or the time says about the boot. */
  readonly onFinding: (finding: BootFinding) => void;
}

export interface ConsoleTimings {
  /** Without output for so long the machine counts as hung. */
  readonly silenceMs: number;
  /** A line whose end does not come for so long is a prompt: until then it may be the beginning of any line. */
  readonly promptMs: number;
  /** How long more is listened for after something fatal: a trace, a message. */
  readonly settleMs: number;
}

export interface ConsoleFollower {
  readonly listen: (socket: Socket) => void;
  /** Looks again at what was found, as after an event of the machine. */
  readonly look: () => void;
  /** Waits for the end of the connection, gives what is left as a line and closes the log. Throws when that was not written. */
  readonly end: () => Promise<void>;
}

/** Follows the serial console of a machine: log, lines, and the clocks that end a boot. */
export function followConsole(request: ConsoleRequest): ConsoleFollower {
  const { watch, timings } = request;
  const clocks = createClocks(request);
  const lines = createConsoleLines((line) => {
    request.onLine(line);
    watch.addLine(line);
  });
  const log = createWriteStream(request.log);
  let trouble: Error | undefined;
  log.on('error', (error) => {
    trouble ??= error;
  });
  let ended: Promise<void> | undefined;
  let logged = 0;
  let closed = Promise.resolve();
  const take = (bytes: Buffer): void => {
    if (logged < LONGEST_LOG) log.write(bytes.subarray(0, LONGEST_LOG - logged));
    logged += bytes.length;
    lines.write(bytes);
    clocks.restart('silence', timings.silenceMs);
    clocks.restart('prompt', timings.promptMs, () => {
      if (lines.pending() !== '') watch.addPrompt(lines.pending());
    });
    clocks.look();
  };
  const finish = async (): Promise<void> => {
    await closed;
    clocks.stop();
    if (lines.pending() !== '') watch.addPrompt(lines.pending());
    lines.end();
    const finished = once(log, 'close');
    log.end();
    await finished;
    if (trouble !== undefined) throw trouble;
  };
  return {
    listen: (socket) => {
      closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
      socket.on('data', take);
      clocks.startBoot();
    },
    look: clocks.look,
    end: () => {
      ended ??= finish();
      return ended;
    },
  };
}

type ClockName = 'boot' | 'silence' | 'prompt' | 'settle';

function createClocks({ watch, timings, bootMs, onFinding }: ConsoleRequest) {
  const running = new Map<ClockName, NodeJS.Timeout>();
  let done = false;
  const stop = (): void => {
    for (const each of running.values()) clearTimeout(each);
    running.clear();
    done = true;
  };
  const decide = (finding: BootFinding): void => {
    if (!done) onFinding(finding);
    stop();
  };
  const start = (name: ClockName, ms: number, act: () => void): void => {
    clearTimeout(running.get(name));
    if (!done) running.set(name, setTimeout(act, ms));
  };
  const look = (): void => {
    const found = watch.finding();
    if (found === undefined) return;
    if (watch.isSettled()) decide(found);
    else if (!running.has('settle')) start('settle', timings.settleMs, () => decide(found));
  };
  const silence = (): void => decide(watch.finding() ?? watch.judgeSilence(timings.silenceMs));
  const startBoot = (): void => {
    start('boot', bootMs, () => decide(watch.finding() ?? watch.judgeTimeout(bootMs)));
    start('silence', timings.silenceMs, silence);
  };
  // The machine gets its whole time, however long QEMU takes to make it.
  const seen = `it started no machine within ${CONNECT_MS / 1000} s`;
  start('boot', CONNECT_MS, () => decide({ rule: 'qemu-failed', seen }));
  return {
    look,
    stop,
    startBoot,
    restart: (name: 'silence' | 'prompt', ms: number, before: () => void = () => undefined): void =>
      start(name, ms, () => {
        before();
        return name === 'silence' ? silence() : look();
      }),
  };
}
