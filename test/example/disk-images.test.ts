import { createHash } from 'node:crypto';
import { access, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  copyRepository,
  findBootPackages,
  lacksProgram,
  type RepositoryCopy,
  runProgram,
} from './device-repository.ts';

const MIB = 1024 * 1024;
const SYSTEM_LABELS = ['resin-boot', 'resin-rootA', 'resin-rootB', 'resin-state', 'resin-data'];

let repository: RepositoryCopy;
let folder: string;

beforeAll(async () => {
  repository = await copyRepository('with-compiler');
  folder = await mkdtemp(join(tmpdir(), 'osrel-partition-'));
  const { status, stdout, stderr } = await repository.barys([]);
  if (status !== 0) throw new Error(stdout + stderr);
});

afterAll(async () => {
  await repository.remove();
  await rm(folder, { recursive: true, force: true });
});

const IMAGES = {
  mbr: {
    machine: 'raspberrypi4-64',
    name: 'balena-image-raspberrypi4-64',
    starts: [4, 12, 20, 32, 40],
    boot: 8,
  },
  gpt: {
    machine: 'generic-amd64',
    name: 'balena-image-generic-amd64',
    starts: [4, 44, 52, 60, 64],
    boot: 40,
  },
  flasher: {
    machine: 'generic-amd64',
    name: 'balena-image-flasher-generic-amd64',
    starts: [4, 44, 84, 92, 96],
    boot: 40,
  },
} as const;

type ImageKind = keyof typeof IMAGES;
const KINDS: readonly ImageKind[] = ['mbr', 'gpt', 'flasher'];

function imagePath(kind: ImageKind): string {
  const { machine, name } = IMAGES[kind];
  return join(repository.images(machine), `${name}.balenaos-img`);
}

/** One partition as a file of its own; `index` counts boot, rootA, rootB, state, data. */
async function partitionFile(kind: ImageKind, index: number): Promise<string> {
  const { starts } = IMAGES[kind];
  const image = await readFile(imagePath(kind));
  const sizes = [IMAGES[kind].boot, kind === 'flasher' ? 40 : 8, 8, 4, 4];
  const start = (starts[index] ?? 0) * MIB;
  const file = join(folder, `${kind}-${index}`);
  await writeFile(file, image.subarray(start, start + (sizes[index] ?? 0) * MIB));
  return file;
}

describe('the disk images', () => {
  it('have the five partitions where the tables say', async () => {
    for (const kind of KINDS) {
      const image = await readFile(imagePath(kind));
      expect(image.readUInt16LE(510)).toBe(0xaa55);
      expect(startsOf(image)).toEqual(IMAGES[kind].starts.map((start) => start * MIB));
    }
    expect((await readFile(imagePath('mbr'))).length).toBeLessThanOrEqual(48 * MIB);
  });

  it('name the partitions of a GPT', async () => {
    expect(gptNames(await readFile(imagePath('gpt')))).toEqual(SYSTEM_LABELS);
    const flasher = SYSTEM_LABELS.map((label) => label.replace('resin', 'flash'));
    expect(gptNames(await readFile(imagePath('flasher')))).toEqual(flasher);
  });

  it('please sfdisk and sgdisk', async (test) => {
    if ((await lacksProgram('sfdisk')) || (await lacksProgram('sgdisk')))
      test.skip('sfdisk or sgdisk is missing');
    for (const kind of KINDS) {
      const verified = await runProgram('sfdisk', ['--verify', imagePath(kind)]);
      expect(verified.stdout + verified.stderr).toContain('No errors detected');
    }
    const { stdout } = await runProgram('sgdisk', ['-v', imagePath('gpt')]);
    expect(stdout).toContain('No problems found');
  });

  it('hold boot file systems without a fault', async (test) => {
    if (await lacksProgram('fsck.vfat')) test.skip('fsck.vfat (dosfstools) is missing');
    for (const kind of KINDS) {
      const { status, stdout } = await runProgram('fsck.vfat', ['-n', '-v', await partitionFile(kind, 0)]);
      expect(stdout).toMatch(kind === 'mbr' ? /2 FATs, 16 bit/ : /2 FATs, 32 bit/);
      expect(status).toBe(0);
    }
  });

  it('give the boot files back as they went in, long names and folders too', async (test) => {
    if (await lacksProgram('mtype')) test.skip('mtype (mtools) is missing');
    const file = await partitionFile('mbr', 0);
    const source = 'layers/meta-balena-example/recipes-bsp/raspberrypi-boot/files/boot/';
    for (const name of ['config.txt', 'overlays/example-status-led.dts', 'bcm2711-rpi-4-b.dts']) {
      const { stdout } = await runProgram('mtype', ['-i', file, `::/${name}`]);
      expect(stdout).toBe(await repository.text(source + name));
    }
    const deviceType = await runProgram('mtype', ['-i', file, '::/device-type.json']);
    expect(JSON.parse(deviceType.stdout)).toMatchObject({ slug: 'raspberrypi4-64' });
  });

  it('hold ext4 file systems without a fault, with their labels', async (test) => {
    if ((await lacksProgram('mke2fs')) || (await lacksProgram('e2fsck'))) test.skip('e2fsprogs is missing');
    for (const kind of KINDS) {
      for (const index of [1, 2, 3, 4]) {
        const file = await partitionFile(kind, index);
        expect((await runProgram('e2fsck', ['-fn', file])).status).toBe(0);
        const label = (SYSTEM_LABELS[index] ?? '').replace('resin', kind === 'flasher' ? 'flash' : 'resin');
        expect((await readFile(file)).toString('latin1', 1024 + 120, 1024 + 136).replace(/\0+$/, '')).toBe(
          label,
        );
      }
    }
    const rootA = await partitionFile('mbr', 1);
    const shown = await runProgram('debugfs', ['-R', 'cat /etc/issue', rootA]);
    expect(shown.stdout).toContain('balenaOS 6.5.1 for raspberrypi4-64');
  });

  it('are the same bytes from another copy of the same sources', async () => {
    const other = await copyRepository('with-compiler');
    try {
      expect((await other.barys([])).status).toBe(0);
      expect(await digestsBelow(other.deploy)).toEqual(await digestsBelow(repository.deploy));
    } finally {
      await other.remove();
    }
  });

  it('say in the log that there is no kernel when the packages are missing', async () => {
    const { stdout, stderr } = await repository.barys(['-m', 'generic-amd64', '-b', 'build-bare']);
    expect(stdout).toContain('suceeded');
    expect(stderr).toContain('no kernel in this image: /nonexistent lacks kernel, EFI stub, busybox');
  });
});

describe('the UEFI images', () => {
  it('boot, say who they are and power off', async (test) => {
    const packages = await findBootPackages();
    if (packages === undefined) return test.skip('the boot packages are missing: run fetch-boot-packages.sh');
    if (await lacksProgram('qemu-system-x86_64')) return test.skip('qemu-system-x86_64 is missing');
    const firmware = await findFirmware();
    if (firmware === undefined) return test.skip('the UEFI firmware (package ovmf) is missing');
    const copy = await copyRepository('with-compiler');
    try {
      const built = await copy.barys(['-m', 'generic-amd64'], { env: { OSREL_BOOT_PACKAGES: packages } });
      expect(built.status).toBe(0);
      const boot = (stem: string) =>
        runProgram('qemu-system-x86_64', qemuWords(firmware, join(copy.images('generic-amd64'), stem)), {
          timeoutMs: 150_000,
        });
      const [system, flasher] = await Promise.all([
        boot('balena-image-generic-amd64.balenaos-img'),
        boot('balena-image-flasher-generic-amd64.balenaos-img'),
      ]);
      expect(system).toMatchObject({ status: 0 });
      expect(system.stdout).toContain('osrel-example: booted balenaOS 6.5.1 version 6.5.1');
      expect(flasher).toMatchObject({ status: 0 });
      expect(flasher.stdout).toContain('osrel-example: flasher booted balenaOS 6.5.1 version 6.5.1');
    } finally {
      await copy.remove();
    }
  }, 240_000);
});

async function findFirmware(): Promise<string | undefined> {
  for (const name of ['OVMF_CODE.fd', 'OVMF_CODE_4M.fd']) {
    const file = `/usr/share/OVMF/${name}`;
    const present = await access(file).then(
      () => true,
      () => false,
    );
    if (present) return file;
  }
  return undefined;
}

function qemuWords(firmware: string, image: string): string[] {
  return [
    ...['-M', 'q35', '-accel', 'tcg', '-m', '512', '-nographic', '-no-reboot'],
    ...['-drive', `if=pflash,format=raw,readonly=on,file=${firmware}`],
    ...['-drive', `format=raw,snapshot=on,file=${image}`],
  ];
}

function startsOf(image: Buffer): number[] {
  const entry = (sector: number, index: number) => {
    const at = sector * 512 + 446 + index * 16;
    return { type: image[at + 4], start: image.readUInt32LE(at + 8) };
  };
  if (entry(0, 0).type === 0xee) {
    return Array.from(
      { length: 5 },
      (_, index) => Number(image.readBigUInt64LE(1024 + index * 128 + 32)) * 512,
    );
  }
  const starts = [0, 1, 2].map((index) => entry(0, index).start * 512);
  const base = entry(0, 3).start;
  for (let record = base; ; record = base + entry(record, 1).start) {
    starts.push((record + entry(record, 0).start) * 512);
    if (entry(record, 1).type === 0) return starts;
  }
}

function gptNames(image: Buffer): string[] {
  return Array.from({ length: 5 }, (_, index) => {
    const at = 1024 + index * 128 + 56;
    return image.toString('utf16le', at, at + 72).replace(/\0+$/, '');
  });
}

async function digestsBelow(root: string): Promise<string[]> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const lines = files.map(async (file) => {
    const digest = createHash('sha256')
      .update(await readFile(file))
      .digest('hex');
    return `${relative(root, file)} ${digest}`;
  });
  return (await Promise.all(lines)).sort();
}
