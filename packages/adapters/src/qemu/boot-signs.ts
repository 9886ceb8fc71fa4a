import type { TestVerdict } from '@osrel/core';

/** How a boot ended: the name of the rule that decided. */
export type BootRule = keyof typeof BOOT_RULES;

interface RuleText {
  readonly verdict: TestVerdict;
  readonly because: string;
}

/**
 * What each ending of a boot means. The image is to blame for everything that happens once the firmware works; a
 * firmware or QEMU that does nothing says nothing about the image.
 */
export const BOOT_RULES = {
  'marker-shown': { verdict: 'passed', because: 'the console shows the marker' },
  'kernel-panic': { verdict: 'failed', because: 'the kernel panicked' },
  'kernel-oops': { verdict: 'failed', because: 'the kernel reported a fault and went silent' },
  'boot-loop': { verdict: 'failed', because: 'the machine starts again and again' },
  'nothing-to-boot': { verdict: 'failed', because: 'the firmware found nothing to boot on the image' },
  'boot-loader-stopped': { verdict: 'failed', because: 'the boot loader stopped and asks for commands' },
  'emergency-mode': { verdict: 'failed', because: 'the system came up in emergency mode' },
  'powered-off': { verdict: 'failed', because: 'the machine was switched off before the marker' },
  hang: { verdict: 'failed', because: 'the console went silent' },
  'marker-missing': { verdict: 'failed', because: 'the marker did not come' },
  'firmware-silent': { verdict: 'infrastructure', because: 'not even the firmware printed anything' },
  'qemu-stopped': { verdict: 'infrastructure', because: 'QEMU stopped the machine' },
  'qemu-failed': { verdict: 'infrastructure', because: 'QEMU failed' },
  'qemu-missing': { verdict: 'infrastructure', because: 'QEMU is not installed' },
  'firmware-missing': { verdict: 'infrastructure', because: 'there is no UEFI firmware' },
  'qemu-unsupported': { verdict: 'unsupported', because: 'the boot test cannot test this' },
  'kvm-unusable': {
    verdict: 'infrastructure',
    because: 'tests.qemu.acceleration asks for KVM, which cannot be used',
  },
} as const satisfies Readonly<Record<string, RuleText>>;

/** A line of the console that decides at once. */
export interface FatalSign {
  readonly rule: BootRule;
  readonly pattern: RegExp;
}

export const FATAL_SIGNS: readonly FatalSign[] = [
  { rule: 'kernel-panic', pattern: /Kernel panic - not syncing|end Kernel panic/u },
  {
    rule: 'nothing-to-boot',
    // The shell and the boot menu of edk2; SeaBIOS. "failed to load Boot0001" alone is not the end: others follow.
    pattern: /UEFI Interactive Shell|No bootable option or device was found|No bootable device|^Shell> ?$/u,
  },
  { rule: 'boot-loader-stopped', pattern: /^grub rescue> ?$|^grub> ?$/u },
  {
    rule: 'emergency-mode',
    // systemd; dracut; initramfs-tools of Debian.
    pattern:
      /You are in (?:emergency|rescue) mode|Entering emergency mode|^dracut:\/# ?$|^\(initramfs\) ?$|Gave up waiting for (?:the )?root/u,
  },
];

/** The kernel noticed a fault of its own; it may go on after it. */
export const OOPS =
  /\bBUG: |\bOops: |Unable to handle kernel|general protection fault|kernel BUG at|Internal error: /u;

/** The last line of a panic: nothing more comes. */
export const PANIC_END = /end Kernel panic/u;

/** What firmware and kernel repeat of names and command lines is no word of the system. */
export const NO_MARKER = /^BdsDxe: |^UEFI |command line: /iu;

/** The firmware handed over: edk2 starts an entry, SeaBIOS a disk, or what follows already speaks. */
export const FIRMWARE_STARTED =
  /BdsDxe: starting Boot(?!.*Internal Shell)|Booting from Hard Disk|EFI stub:|GNU GRUB|Welcome to GRUB|systemd-boot/u;

/** First words of a kernel, or a line with its time stamp. */
export const KERNEL_STARTED = /Linux version \d|^\[ {0,8}\d{1,8}\.\d{6}\] |Booting Linux on physical CPU/u;

/** One for each start of a kernel, also by kexec, which resets nothing. */
export const KERNEL_BANNER = /Linux version \d/u;

/** So many starts of the machine again are a loop; a boot loader may reset it once or twice for reasons of its own. */
export const RESETS_OF_A_LOOP = 3;

/** What waits for somebody to type is not hung. */
export const PROMPT = /(?:login|password|passphrase[^:]*): ?$|[#$>] ?$/iu;
