/** How the machine of one architecture is made. */
export interface QemuMachine {
  readonly program: string;
  /** Names of packages that bring the program, for messages. */
  readonly programPackages: string;
  /** Words for the machine without processor model, memory and disk. */
  readonly words: readonly string[];
  /** Words that attach the disk whose drive has the id `disk`. */
  readonly diskWords: readonly string[];
  /** What `-cpu` gets when software does the work; KVM always gets `max`, the processor of this machine. */
  readonly softwareProcessor: string;
  /** As Node names the architecture whose KVM can run it. */
  readonly hostArchitecture: string;
  readonly firmware: FirmwareKind | null;
}

export interface FirmwareKind {
  /** Names of packages that bring it, for messages. */
  readonly packages: string;
  /** Below each folder of firmware files: code, and the empty variables that belong to it. */
  readonly files: readonly (readonly [code: string, variables: string])[];
  /** Names of edk2's files in the share folder of QEMU itself. */
  readonly ownFiles: readonly [code: string, variables: string];
}

const UEFI_AMD64: FirmwareKind = {
  packages: 'ovmf (Debian), edk2-ovmf (Fedora, Arch)',
  files: [
    ['/usr/share/OVMF/OVMF_CODE_4M.fd', '/usr/share/OVMF/OVMF_VARS_4M.fd'],
    ['/usr/share/OVMF/OVMF_CODE.fd', '/usr/share/OVMF/OVMF_VARS.fd'],
    ['/usr/share/edk2/ovmf/OVMF_CODE.fd', '/usr/share/edk2/ovmf/OVMF_VARS.fd'],
    ['/usr/share/edk2/x64/OVMF_CODE.4m.fd', '/usr/share/edk2/x64/OVMF_VARS.4m.fd'],
    ['/usr/share/edk2-ovmf/x64/OVMF_CODE.fd', '/usr/share/edk2-ovmf/x64/OVMF_VARS.fd'],
    ['/usr/share/qemu/ovmf-x86_64-code.bin', '/usr/share/qemu/ovmf-x86_64-vars.bin'],
    ['/run/libvirt/nix-ovmf/OVMF_CODE.fd', '/run/libvirt/nix-ovmf/OVMF_VARS.fd'],
  ],
  ownFiles: ['edk2-x86_64-code.fd', 'edk2-i386-vars.fd'],
};

const UEFI_AARCH64: FirmwareKind = {
  packages: 'qemu-efi-aarch64 (Debian), edk2-aarch64 (Fedora, Arch)',
  files: [
    ['/usr/share/AAVMF/AAVMF_CODE.no-secboot.fd', '/usr/share/AAVMF/AAVMF_VARS.fd'],
    ['/usr/share/AAVMF/AAVMF_CODE.fd', '/usr/share/AAVMF/AAVMF_VARS.fd'],
    ['/usr/share/edk2/aarch64/QEMU_EFI-pflash.raw', '/usr/share/edk2/aarch64/vars-template-pflash.raw'],
    ['/usr/share/edk2/aarch64/QEMU_CODE.fd', '/usr/share/edk2/aarch64/QEMU_VARS.fd'],
    ['/usr/share/qemu/aavmf-aarch64-code.bin', '/usr/share/qemu/aavmf-aarch64-vars.bin'],
    ['/run/libvirt/nix-ovmf/AAVMF_CODE.fd', '/run/libvirt/nix-ovmf/AAVMF_VARS.fd'],
  ],
  ownFiles: ['edk2-aarch64-code.fd', 'edk2-arm-vars.fd'],
};

const X86 = {
  program: 'qemu-system-x86_64',
  programPackages:
    'qemu-system-x86 (Debian, Fedora), qemu-system-x86 or qemu-base (Arch), qemu (Nix, Homebrew)',
  // The disk as SATA: every image for a real PC has its driver.
  diskWords: ['-device', 'ide-hd,drive=disk,bus=ide.0'],
  softwareProcessor: 'max',
  hostArchitecture: 'x64',
};

const MACHINES: Readonly<Record<string, QemuMachine>> = {
  amd64: { ...X86, words: ['-machine', 'q35', '-device', 'VGA'], firmware: UEFI_AMD64 },
  // Without graphics of its own the firmware of a PC prints on the serial console; a card is there all the same.
  i386: { ...X86, words: ['-machine', 'q35,graphics=off', '-device', 'VGA'], firmware: null },
  aarch64: {
    program: 'qemu-system-aarch64',
    programPackages: 'qemu-system-arm (Debian), qemu-system-aarch64 (Fedora, Arch), qemu (Nix, Homebrew)',
    words: ['-machine', 'virt', '-device', 'ramfb'],
    diskWords: ['-device', 'virtio-blk-pci,drive=disk'],
    softwareProcessor: 'cortex-a72',
    hostArchitecture: 'arm64',
    firmware: UEFI_AARCH64,
  },
};

/** The machine for a balena architecture; undefined when the boot test has none. */
export function findMachine(architecture: string): QemuMachine | undefined {
  return Object.hasOwn(MACHINES, architecture) ? MACHINES[architecture] : undefined;
}

/** Architectures that `findMachine` knows. */
export const ARCHITECTURES: readonly string[] = Object.keys(MACHINES);
