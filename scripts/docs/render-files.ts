import { code, page, table } from './markdown.ts';
import {
  BUILD_VARIABLES,
  LAB_VARIABLES,
  MACHINE_IMAGE_VARIABLES,
  PROGRAM_VARIABLES,
  READ_VARIABLES,
} from './variables.ts';

const KEPT: readonly (readonly [path: string, meaning: string])[] = [
  ['runs/<runId>/plan.json', 'the plan that is followed; never changes'],
  [
    'runs/<runId>/journal.jsonl',
    'what was started and finished, with receipts; append-only, on disk before the next step starts',
  ],
  ['runs/<runId>/events.jsonl', 'every run event but the log lines, which are in `logs/`, secrets hidden'],
  ['runs/<runId>/logs/<step>.log', 'the lines of one step, secrets hidden'],
  ['locks/', 'one file for each release that is at work, naming its process'],
  ['cache/builds/', 'what the builds left, so that an unchanged one is found again'],
  ['cache/build-slot.json', 'which process is building'],
  ['cache/layers/', 'image layers on their way to a registry; afterwards their names alone'],
  ['world/store/', 'the object store of environment `local`: contents under their keys'],
  ['world/applications/', 'its applications, releases, images and assets'],
  ['world/receipts/', 'test receipts, signed'],
  ['world/receipt-key.pem', 'the private key that signs them, where `OSREL_RECEIPT_KEY` gives none'],
  ['world/code-host/', 'pull requests and checks it was told of'],
  ['world/device-types/', 'which device types it calls private'],
  ['receipt-key.pem', 'the same of a remote environment, where there is no home folder to keep it in'],
  ['world/locks/', 'so that several processes can work on one world'],
];

const DEPLOYED: readonly (readonly [path: string, meaning: string])[] = [
  ['release-manifest.json', 'name, size, digest, media type and role of every file; written last'],
  ['SHA256SUMS', 'the same digests for `sha256sum --check`'],
  ['image/', 'disk images under test; not published as they are'],
  ['compressed*/, image*.json', 'the same images as deflate parts, with their manifests'],
  ['service/<name>/', 'files of an extension; assets of the release, never objects of the store'],
  ['device-type.json, contract.json, composition.json', 'generated'],
];

/** Files and variables that osrel reads and writes. */
export function renderFiles(): string {
  return page(
    'Files and variables',
    '## .osrel',
    'At the root of the repository; `osrel init` adds it to `.gitignore`. It may be removed when nothing runs: then nothing can be resumed, and the embedded world is empty again.',
    table(['path below .osrel/', 'what it holds'], quoted(KEPT)),
    'Outside of the repository osrel keeps only what it can make again: evaluated device types, contracts, how long builds took and what object stores can do, in `$XDG_CACHE_HOME/osrel`, else `~/.cache/osrel`; and, once it signed a test receipt of a remote environment without a key that was given, the private key of this user in `$XDG_CONFIG_HOME/osrel/receipt-key.pem`, else `~/.config/osrel/receipt-key.pem`.',
    '## The deploy folder',
    '`deploy/<slug>/<version>/`, made by the step `stage-files`; later steps read nothing else.',
    table(['path', 'what it holds'], quoted(DEPLOYED)),
    '## Variables that osrel reads',
    'And those that `osrel.yml` names as secrets. Programs that osrel starts get its environment without secrets.',
    table(['variable', 'what for'], quoted(READ_VARIABLES)),
    '## Variables of a program that osrel starts',
    table(['variable', 'value'], quoted(PROGRAM_VARIABLES)),
    '## Variables of a build command',
    'With `build.frontend: command` the program gets these, `OSREL_MACHINE`, `OSREL_SLUG`, `MACHINE` and `DEVICE_TYPE`.',
    table(['variable', 'value'], quoted(BUILD_VARIABLES)),
    '## Variables of a command lab',
    'A test command gets these, prints TAP, or prints JUnit or writes it below `OSREL_REPORTS`.',
    table(['variable', 'value'], quoted(LAB_VARIABLES)),
    '## Variables of the test of a machine image',
    'The command of `machine-images.test` gets these and the credentials of AWS; it prints TAP, or its exit code decides.',
    table(['variable', 'value'], quoted(MACHINE_IMAGE_VARIABLES)),
  );
}

function quoted(rows: readonly (readonly [string, string])[]): readonly (readonly string[])[] {
  return rows.map(([name, meaning]) => [code(name), meaning]);
}
