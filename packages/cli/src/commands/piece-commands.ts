import type { CommandSpec } from '../command-spec.ts';

const IMAGE_FILE = { name: '<file>', summary: 'disk image' };

/** Commands for one piece of the work, on its own. */
export const PIECE_COMMANDS: readonly CommandSpec[] = [
  {
    name: 'matrix',
    summary: 'JSON for a CI matrix',
    group: 'Pieces',
    flagGroups: ['target', 'repository'],
    arguments: [{ name: '<what>', summary: 'build or test', choices: ['build', 'test'] }],
    examples: [{ command: 'echo "matrix=$(osrel matrix build)" >> "$GITHUB_OUTPUT"', says: 'in a workflow' }],
    load: async () => (await import('./matrix.ts')).printMatrix,
  },
  {
    name: 'image',
    summary: 'compress, check or look into a disk image',
    group: 'Pieces',
    flagGroups: [],
    examples: [{ command: 'osrel image inspect balena.img', says: 'its partitions' }],
    subcommands: [
      {
        name: 'prepare',
        summary: 'partition table -> deflate parts + image.json',
        flagGroups: [],
        arguments: [IMAGE_FILE],
        options: [
          { flags: '--to <dir>', summary: 'output folder (default: beside the image)' },
          { flags: '--variant <name>', summary: 'file name suffix', choices: ['flasher', 'raw'] },
        ],
        examples: [
          { command: 'osrel image prepare balena.img --to out', says: 'out/image.json and out/compressed/' },
        ],
        load: async () => (await import('./image.ts')).prepareImage,
      },
      {
        name: 'verify',
        summary: 'inflate the parts and check every checksum',
        flagGroups: [],
        arguments: [{ name: '<file>', summary: 'image.json' }],
        options: [{ flags: '--image <file>', summary: 'the image that the parts must equal' }],
        examples: [{ command: 'osrel image verify out/image.json --image balena.img', says: 'bit for bit' }],
        load: async () => (await import('./image.ts')).verifyImage,
      },
      {
        name: 'inspect',
        summary: 'show the partitions',
        flagGroups: [],
        arguments: [IMAGE_FILE],
        examples: [{ command: 'osrel image inspect balena.img', says: 'MBR or GPT' }],
        load: async () => (await import('./image.ts')).inspectImage,
      },
    ],
  },
  {
    name: 'device',
    summary: 'device types of this repository',
    group: 'Pieces',
    flagGroups: ['repository'],
    examples: [{ command: 'osrel device list', says: 'all of them' }],
    subcommands: [
      {
        name: 'list',
        summary: 'every device type',
        flagGroups: ['repository'],
        examples: [{ command: 'osrel device list --json', says: 'for scripts' }],
        load: async () => (await import('./device.ts')).listDevices,
      },
      {
        name: 'show',
        summary: 'one device type in detail',
        flagGroups: ['target', 'repository'],
        arguments: [{ name: '[name]', summary: 'device type or machine' }],
        examples: [{ command: 'osrel device show raspberrypi4-64', says: 'what osrel reads from its file' }],
        load: async () => (await import('./device.ts')).showDevice,
      },
      {
        name: 'json',
        summary: 'the generated device-type JSON',
        flagGroups: ['target', 'repository'],
        arguments: [{ name: '[name]', summary: 'device type or machine' }],
        examples: [
          { command: 'osrel device json raspberrypi4-64 > device-type.json', says: 'as it is published' },
        ],
        load: async () => (await import('./device.ts')).printDeviceJson,
      },
    ],
  },
];
