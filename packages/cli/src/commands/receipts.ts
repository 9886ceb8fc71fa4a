import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import {
  badConfig,
  badUsage,
  EXIT_CODES,
  integrityBroken,
  openEnvelope,
  type ReceiptList,
  receiptKeyIdOf,
  type TestReceipt,
} from '@osrel/core';
import { printAnswer, say, suggestNext } from '../answer.ts';
import { chooseDevices } from '../choose-devices.ts';
import type { CommandRun, Host, Workspace } from '../host.ts';
import { renderPairs, renderTable } from '../text/table.ts';

interface DeviceReceipts extends ReceiptList {
  readonly slug: string;
  readonly version: string;
}

/** `osrel receipts list [version]`: what suites saw on which bytes, and what lies there and does not count. */
export const listReceipts: CommandRun = async ({ settings, arguments: [asked] }, host) => {
  const workspace = await host.openWorkspace(settings);
  const version = asked ?? (await ownVersion(workspace));
  const devices = await chooseDevices(workspace, settings);
  const found = await Promise.all(
    devices.map(async ({ slug }): Promise<DeviceReceipts> => {
      const list = await workspace.ports.testReceipts.list({ slug, version });
      return { slug, version, ...list };
    }),
  );
  printAnswer(host, settings, {
    text: () => found.map((device) => renderDevice(device, host)).join('\n'),
    document: () => ({ schemaVersion: 1, environment: workspace.environment, devices: found }),
  });
  suggestNext(host, settings, 'osrel why finalize');
  return 0;
};

/**
 * `osrel receipts verify FILE...`: offline, by the keys that are trusted here and those of `--key`. A file that is no
 * evidence is exit code 8.
 */
export const verifyReceipts: CommandRun = async ({ settings, flags, arguments: files }, host) => {
  const workspace = await host.openWorkspace(settings);
  const named = flags.listTexts('key').map(checkPublicKey);
  const trusted = [...new Set([...named, ...(await workspace.trustedReceiptKeys())])];
  const verified = await Promise.all(files.map((file) => verifyFile(file, settings.directory, trusted)));
  printAnswer(host, settings, {
    text: () => verified.map(renderVerified).join('\n'),
    document: () => ({ schemaVersion: 1, trustedKeys: trusted.map(receiptKeyIdOf), files: verified }),
  });
  const wrong = verified.filter(({ kind }) => kind === 'rejected');
  if (wrong.length === 0) return 0;
  host.complain(
    integrityBroken(
      'receipt.rejected',
      `${wrong.length} of ${verified.length} files are no evidence: ${wrong.map(({ file }) => file).join(', ')}`,
      { hint: 'a key that should be trusted belongs below tests.trusted-keys in osrel.yml, or after --key' },
    ),
  );
  return EXIT_CODES.integrity;
};

/** `osrel receipts new-key FILE`: the private half into a new file, the public half on stdout. */
export const makeReceiptKey: CommandRun = async ({ settings, arguments: [file] }, host) => {
  if (file === undefined)
    throw badUsage('usage.missing-argument', 'osrel receipts new-key needs the name of a new file');
  const path = resolve(settings.directory, file);
  const key = await host.makeReceiptKey(path);
  if (key === undefined) {
    throw badUsage('receipt-key.exists', `${path} exists, and a key is never overwritten`, {
      hint: 'name a file that does not exist',
    });
  }
  printAnswer(host, settings, {
    text: () => `tests:\n  trusted-keys:\n    - ${key.publicKey} # ${key.keyId.slice(0, 16)}\n`,
    document: () => ({ schemaVersion: 1, file: path, publicKey: key.publicKey, keyId: key.keyId }),
  });
  if (settings.output === 'text') {
    say(
      host,
      settings,
      `the private key is in ${path}: give its text to the machines that test, in OSREL_RECEIPT_KEY`,
    );
    say(host, settings, 'the lines above belong into osrel.yml');
  }
  return 0;
};

type Verified = { readonly file: string } & ReturnType<typeof openEnvelope>;

async function verifyFile(file: string, directory: string, trusted: readonly string[]): Promise<Verified> {
  return { file, ...openEnvelope(await readReceipt(resolve(directory, file), file), trusted) };
}

async function readReceipt(path: string, file: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
    if (!['ENOENT', 'ENOTDIR', 'EISDIR'].includes(String(error.code))) throw error;
    throw badUsage('verify.not-found', `${file} is no file`, {
      hint: 'name the files of receipts: <entry>-<digest>.json',
    });
  }
}

function checkPublicKey(key: string): string {
  if (/^[A-Za-z0-9+/]{43}=$/.test(key)) return key;
  throw badUsage('receipt-key.public', `"${key}" is no ed25519 public key`, {
    hint: 'it is 32 bytes as base64, as osrel receipts new-key prints it',
  });
}

async function ownVersion({ ports }: Workspace): Promise<string> {
  const { version } = await ports.deviceRepository.readIdentity();
  if (version !== undefined) return version;
  throw badConfig('version.missing', 'the repository has no VERSION file', {
    hint: 'name a version: osrel receipts list 6.5.1',
  });
}

function renderDevice({ slug, version, receipts, rejected }: DeviceReceipts, host: Host): string {
  const { strong, faint, warn } = host.paint.stdout;
  const title = `${strong(`${slug} ${version}`)}\n`;
  if (receipts.length + rejected.length === 0) return `${title}${faint('  no receipts')}\n`;
  const table = renderTable(
    [
      { title: '  TEST' },
      { title: 'VERDICT' },
      { title: 'PASSED', align: 'right' },
      { title: 'FAILED', align: 'right' },
      { title: 'WAIVED', align: 'right' },
      { title: 'MANIFEST' },
      { title: 'WHERE' },
      { title: 'FINISHED' },
    ],
    receipts.map(({ entry, verdict, counts, manifestSha256, lab, rig, finishedAt }) => [
      `  ${entry}`,
      verdict,
      String(counts.passed),
      String(counts.failed),
      String(counts.waived),
      manifestSha256.slice(0, 9),
      rig === null ? lab : `${lab}, ${rig.name ?? rig.id}`,
      finishedAt,
    ]),
  );
  const left = rejected.map(({ name, because }) => `  ${warn(`${name} does not count`)}: ${because}\n`);
  return `${title}${table}${left.join('')}`;
}

function renderVerified(verified: Verified): string {
  if (verified.kind === 'rejected') return `${verified.file}: no evidence: ${verified.because}\n`;
  const { file, receipt, signedBy } = verified;
  return `${file}: sound\n${renderPairs(pairsOf(receipt, signedBy).map(([name, value]) => [`  ${name}`, value]))}`;
}

function pairsOf(
  receipt: TestReceipt,
  signedBy: readonly string[],
): readonly (readonly [name: string, value: string])[] {
  const { counts, waivers, given, rig, lab } = receipt;
  return [
    ['test', `${receipt.entry} (suite ${receipt.suite}, ${receipt.suiteRevision ?? 'revision unknown'})`],
    ['verdict', `${receipt.verdict}: ${receipt.because}`],
    [
      'counts',
      `${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped, ${counts.waived} waived`,
    ],
    ...waivers.map(
      ({ test, tracker, owner, expires }) =>
        ['waived', `${test} (${tracker}, ${owner}, until ${expires})`] as const,
    ),
    ['release', `${receipt.slug} ${receipt.version}, built from ${receipt.sourceSha}`],
    ['manifest', receipt.manifestSha256],
    ...given.map(({ name, sha256 }) => ['given', `${sha256}  ${name}`] as const),
    ['where', rig === null ? lab : `${lab}, ${rig.kind} ${rig.name ?? rig.id}`],
    ['finished', receipt.finishedAt],
    ...signedBy.map((keyId) => ['signed by', keyId] as const),
  ];
}
