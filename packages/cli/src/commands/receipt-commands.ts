import type { CommandSpec } from '../command-spec.ts';

/** Commands about the signed evidence of tests. */
export const RECEIPT_COMMANDS: readonly CommandSpec[] = [
  {
    name: 'receipts',
    summary: 'signed test receipts: what was tested, on which bytes, by whom',
    group: 'Look',
    flagGroups: ['repository'],
    examples: [{ command: 'osrel receipts list', says: 'of the version checked out' }],
    subcommands: [
      {
        name: 'list',
        summary: 'the receipts of a version, and what does not count',
        flagGroups: ['target', 'repository'],
        arguments: [{ name: '[version]', summary: 'OS version (default: that of the checkout)' }],
        examples: [
          { command: 'osrel receipts list 6.5.1 --env production', says: 'in the store of production' },
        ],
        load: async () => (await import('./receipts.ts')).listReceipts,
      },
      {
        name: 'verify',
        summary: 'check receipts in files, offline; exit 8 when one is no evidence',
        flagGroups: ['repository'],
        arguments: [{ name: '<file...>', summary: 'files of receipts' }],
        options: [
          {
            flags: '--key <key>',
            summary: 'public key to trust besides those of osrel.yml; may be repeated',
            repeatable: true,
          },
        ],
        examples: [
          { command: 'osrel receipts verify os-*.json', says: 'who signed what, about which bytes' },
        ],
        load: async () => (await import('./receipts.ts')).verifyReceipts,
      },
      {
        name: 'new-key',
        summary: 'make a key that signs receipts',
        flagGroups: [],
        arguments: [{ name: '<file>', summary: 'new file for the private key' }],
        examples: [
          {
            command: 'osrel receipts new-key receipt-key.pem',
            says: 'and the lines for osrel.yml on stdout',
          },
        ],
        load: async () => (await import('./receipts.ts')).makeReceiptKey,
      },
    ],
  },
];
