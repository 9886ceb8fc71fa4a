import {
  type BootRule,
  FATAL_SIGNS,
  FIRMWARE_STARTED,
  KERNEL_BANNER,
  KERNEL_STARTED,
  NO_MARKER,
  OOPS,
  PANIC_END,
  PROMPT,
  RESETS_OF_A_LOOP,
} from './boot-signs.ts';

/** What decided a boot. */
export interface BootFinding {
  readonly rule: BootRule;
  /** What was seen: a line of the console, a count. */
  readonly seen: string;
}

/** How far a boot came. */
export interface BootStages {
  readonly firmwareStarted: boolean;
  readonly kernelStarted: boolean;
}

export interface BootWatch {
  readonly addLine: (line: string) => void;
  /** A line whose end has not come for a while: a prompt. */
  readonly addPrompt: (text: string) => void;
  /** The machine was started again. */
  readonly addReset: () => void;
  /** The machine told QEMU that its kernel panicked. */
  readonly addPanic: () => void;
  /** What decides the boot; undefined while it may still come to something. */
  readonly finding: () => BootFinding | undefined;
  /** Nothing more is to come that tells more about the finding. */
  readonly isSettled: () => boolean;
  /** What it means that the console says nothing any more. */
  readonly judgeSilence: (silentMs: number) => BootFinding;
  /** What it means that the time is over, while the console goes on. */
  readonly judgeTimeout: (bootMs: number) => BootFinding;
  /** What it means that the machine switched itself off. */
  readonly judgePowerOff: () => BootFinding;
  readonly stages: () => BootStages;
}

/** Follows one boot by its console and its resets; no clock, no files. The first thing that decides stays. */
export function createBootWatch(marker: RegExp): BootWatch {
  let found: BootFinding | undefined;
  let [firmwareStarted, kernelStarted, settled] = [false, false, false];
  let [resets, banners] = [0, 0];
  let [lastLine, oops] = ['', ''];
  const decide = (rule: BootRule, seen: string): void => {
    found ??= { rule, seen };
  };
  const look = (line: string): void => {
    if (marker.test(line) && !NO_MARKER.test(line)) decide('marker-shown', line);
    const fatal = FATAL_SIGNS.find(({ pattern }) => pattern.test(line));
    if (fatal !== undefined) decide(fatal.rule, line);
    lastLine = line;
  };
  const again = (): void => {
    const starts = Math.max(resets, banners - 1);
    if (starts >= RESETS_OF_A_LOOP) decide('boot-loop', `${starts} times, last line: ${lastLine}`);
  };
  const afterOops = (rule: BootRule, seen: string): BootFinding =>
    oops === '' ? { rule, seen } : { rule: 'kernel-oops', seen: oops };
  return {
    addLine: (line) => {
      firmwareStarted ||= FIRMWARE_STARTED.test(line);
      kernelStarted ||= KERNEL_STARTED.test(line);
      if (oops === '' && OOPS.test(line)) oops = line;
      settled ||= PANIC_END.test(line);
      look(line);
      if (!KERNEL_BANNER.test(line)) return;
      banners += 1;
      again();
    },
    addPrompt: look,
    addReset: () => {
      // What was found before it will not be told more about.
      settled ||= found !== undefined;
      resets += 1;
      again();
    },
    addPanic: () => decide('kernel-panic', lastLine),
    finding: () => found,
    isSettled: () => settled || found?.rule === 'marker-shown' || found?.rule === 'boot-loop',
    judgeSilence: (silentMs) => {
      if (lastLine === '') return { rule: 'firmware-silent', seen: `nothing in ${seconds(silentMs)}` };
      const seen = `nothing for ${seconds(silentMs)} after: ${lastLine}`;
      if (PROMPT.test(lastLine)) return { rule: 'marker-missing', seen };
      return afterOops('hang', seen);
    },
    judgeTimeout: (bootMs) => {
      if (lastLine === '') return { rule: 'firmware-silent', seen: `nothing in ${seconds(bootMs)}` };
      return { rule: 'marker-missing', seen: `not within ${seconds(bootMs)}; last line: ${lastLine}` };
    },
    judgePowerOff: () => afterOops('powered-off', `last line: ${lastLine || 'none'}`),
    stages: () => ({
      // SeaBIOS says that it boots a disk before it finds that it cannot.
      firmwareStarted: kernelStarted || (firmwareStarted && found?.rule !== 'nothing-to-boot'),
      kernelStarted,
    }),
  };
}

function seconds(milliseconds: number): string {
  return `${Math.round(milliseconds / 100) / 10} s`;
}
