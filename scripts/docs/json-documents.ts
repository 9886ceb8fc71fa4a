import { RECEIPT_DOCUMENTS } from './receipt-documents.ts';

/** One answer of a command as JSON: its top-level keys, nested ones written as paths. */
export interface JsonDocument {
  readonly title: string;
  /** Commands that print it, as words after `osrel`. */
  readonly commands: readonly string[];
  readonly says: string;
  readonly keys: readonly (readonly [path: string, meaning: string])[];
}

const VERSION = ['schemaVersion', '1'] as const;

const RUN_COMMANDS =
  'build, test, deploy, finalize, esr, esr apply, release, auto, withdraw, rollback, run, resume'.split(', ');

/** Written by hand; test/docs compares the keys with what the commands print. */
export const JSON_DOCUMENTS: readonly JsonDocument[] = [
  {
    title: 'A plan',
    commands: ['plan'],
    says: 'See [plan](plan-json.md).',
    keys: [],
  },
  {
    title: 'A dry run',
    commands: ['build --dry-run', 'release --dry-run', 'auto --dry-run'],
    says: 'The plan and, of each step that builds, what it would run; other commands print the same with an empty list. `osrel run --plan` takes it as the plan it holds. Several machines: `{ "schemaVersion": 1, "plans": [...] }`.',
    keys: [
      ['builds[].stepId', 'step of the plan'],
      ['builds[].frontEnd', '`barys`, `bitbake`, `kas`, `command`, or one of these in a container engine'],
      [
        'builds[].command',
        'file, arguments, workingDirectory, environment: only what osrel sets itself, secrets as `***`',
      ],
      ['builds[].settingsFile', 'path and text of the settings file it would write, or null'],
      ['builds[].notes', 'what was chosen, and why'],
      ['builds[].problems', 'why it could not run here now: a list of at and message'],
    ],
  },
  {
    title: 'A run',
    commands: RUN_COMMANDS,
    says: 'Several machines: `{ "schemaVersion": 1, "runs": [...] }`. `osrel auto` with nothing to do has null as `runId` and `planId`, and no `target`.',
    keys: [
      VERSION,
      ['runId', 'name of the run'],
      ['planId', 'the plan it followed'],
      ['outcome', '`done`, `failed` or `cancelled`'],
      ['target', 'machine, slug, version, esr'],
      ['steps[].id', 'as in the plan'],
      ['steps[].kind', 'see [steps](steps.md)'],
      ['steps[].stage', 'one of the five stages'],
      ['steps[].outcome', '`done`, `adopted`, `skipped`, `failed`, `blocked` or `cancelled`'],
      ['steps[].durationMs', 'milliseconds'],
      ['steps[].receipt', 'what the step gave; null when it did not end well'],
      ['steps[].because', 'why it was adopted, blocked or left; may be absent'],
      ['steps[].error', 'code, message, hint, exitCode of a failed step; may be absent'],
      ['decisions', 'those of the plan'],
      ['error', 'the first failure; absent when all went well'],
      ['resume', 'the command that goes on; absent when all was done'],
    ],
  },
  {
    title: 'The runs kept here',
    commands: ['runs'],
    says: 'Newest first, refusals included.',
    keys: [
      VERSION,
      ['runs[].runId', 'name of the run'],
      ['runs[].startedAt', 'ISO 8601, UTC'],
      ['runs[].planId', 'null for a refusal'],
      ['runs[].target', 'machine, slug, version, esr; partial for a refusal'],
      ['runs[].environment', 'null for a refusal'],
      ['runs[].outcome', '`done`, `failed`, `cancelled`, `running`, `interrupted` or `refused`'],
      ['runs[].because', 'command and message of a refusal, else null'],
    ],
  },
  {
    title: 'Permissions',
    commands: ['permissions'],
    says: 'What the credentials of the environment must be allowed for the plans of these flags. A service that is not needed is null.',
    keys: [
      VERSION,
      ['environment', 'name in osrel.yml'],
      ['plans[].planId', 'a plan they are for'],
      ['plans[].target', 'machine, slug, version, esr'],
      ['aws', 'policy: an IAM policy as AWS takes it'],
      ['balena', 'variables, host, applications, resources (resource and operations), registry'],
      ['github', 'variables, and permissions: scope and level'],
      ['notes', 'what the rest cannot say'],
    ],
  },
  {
    title: 'Logs',
    commands: ['logs'],
    says: 'JSON lines, one for each line of a log.',
    keys: [
      ['step', 'id of the step'],
      ['line', 'the line, secrets hidden'],
    ],
  },
  {
    title: 'Status',
    commands: ['status'],
    says: 'Every line of every device type, rolling and ESR.',
    keys: [
      VERSION,
      ['environment', 'deployment environment that was asked'],
      ['lines[].slug', 'device type'],
      ['lines[].line', '`rolling` or `esr`'],
      ['lines[].application', '`organization/name`'],
      ['lines[].applicationExists', 'true or false'],
      ['lines[].latest', 'what the pointer says, or null'],
      ['lines[].esrTags', 'next, current, sunset; null on the rolling line'],
      [
        'lines[].versions',
        'version, gitTag, release, releaseIds, draftIds, doubledIds, store, isLatest; newest first',
      ],
      ['disagreements', 'a list of at and message'],
    ],
  },
  {
    title: 'Reasons',
    commands: ['why'],
    says: 'From the outcome back to its causes.',
    keys: [
      VERSION,
      ['subject', 'as it was asked'],
      ['chain[].about', 'a rule, a step or a run'],
      ['chain[].outcome', 'one or two words'],
      ['chain[].because', 'one sentence'],
      ['chain[].change', 'the command or edit that would change it, or null'],
    ],
  },
  ...RECEIPT_DOCUMENTS,
  {
    title: 'A verified version',
    commands: ['verify'],
    says: 'Only when it is sound; a defective one is [a failure](#a-failure) with every problem.',
    keys: [
      VERSION,
      ['place', 'as it was given'],
      ['form', '`staged` or `published`'],
      ['machine', 'from the release manifest'],
      ['slug', 'from the release manifest'],
      ['version', 'from the release manifest'],
      ['files', 'how many were checked'],
      ['sizeBytes', 'their bytes'],
      ['source', 'repository and commit it was built from'],
    ],
  },
  {
    title: 'ESR tags',
    commands: ['esr status'],
    says: 'Several fleets: `{ "schemaVersion": 1, "fleets": [...] }`.',
    keys: [
      VERSION,
      ['application', '`organization/name`'],
      ['next', 'a line such as `2026.7.x`, or null'],
      ['current', 'a line, or null'],
      ['sunset', 'a line, or null'],
    ],
  },
  {
    title: 'An ESR rotation',
    commands: ['esr plan'],
    says: 'The three tags as they are, and as they would be.',
    keys: [
      VERSION,
      ['application', '`organization/name`'],
      ['next', 'before'],
      ['current', 'before'],
      ['sunset', 'before'],
      ['after', 'next, current, sunset'],
      ['because', 'one sentence'],
      ['outcome', '`rotate` or `unchanged`'],
    ],
  },
  {
    title: 'A matrix',
    commands: ['matrix'],
    says: 'One line, for the `matrix` of a CI job; indented with `--json`. There is no `schemaVersion`: CI systems take every key for a dimension. `matrix build` has the keys of a service (`service`, `recipe`, `imageOutput`, ...), `matrix test` those of an entry of `tests.matrix`.',
    keys: [
      ['include[].machine', 'machine'],
      ['include[].slug', 'device type'],
    ],
  },
  {
    title: 'Partitions of an image',
    commands: ['image inspect'],
    says: 'Offsets in bytes.',
    keys: [
      VERSION,
      ['table', '`mbr`, `gpt` or `none`'],
      ['sizeBytes', 'size of the image'],
      ['sectorSizeBytes', '512 or 4096'],
      ['partitions', 'index, type, name, firstByte, lengthBytes'],
    ],
  },
  {
    title: 'A prepared image',
    commands: ['image prepare'],
    says: 'Absolute paths.',
    keys: [
      VERSION,
      ['manifestPath', 'image.json'],
      ['partsDirectory', 'folder of the parts'],
      ['parts', 'filename, crc, len, zLen, partitionIndex, sha256'],
      ['image', 'sizeBytes and sha256 of the image'],
      ['manifestSha256', 'digest of image.json'],
      ['manifestSizeBytes', 'its size'],
    ],
  },
  {
    title: 'A verified image',
    commands: ['image verify'],
    says: 'Only when it is sound.',
    keys: [
      VERSION,
      ['parts', 'how many'],
      ['sizeBytes', 'what they inflate to'],
      ['sha256', 'of what they inflate to'],
      ['matchesImage', 'absent without `--image`'],
    ],
  },
  {
    title: 'Device types',
    commands: ['device list'],
    says: 'In the order of the repository.',
    keys: [
      VERSION,
      ['devices[].slug', 'device type'],
      ['devices[].machine', 'machine'],
      ['devices[].name', 'for people'],
      ['devices[].arch', 'architecture'],
      ['devices[].state', 'as in its file'],
      ['devices[].deviceType', 'base name of its file'],
      ['devices[].imageKind', '`standard`, `edge`, `docker-image` or `archive`'],
    ],
  },
  {
    title: 'A device type',
    commands: ['device show'],
    says: 'What osrel reads from its file. `osrel device json` prints the generated device-type JSON itself, which has no `schemaVersion`.',
    keys: [
      VERSION,
      ['slug', 'device type'],
      ['machine', 'machine'],
      ['fileBaseName', 'base name of its file'],
      ['imageKind', '`standard`, `edge`, `docker-image` or `archive`'],
      ['yoctoVersion', 'Yocto release that its file names, or null'],
      ['sharesMachineWith', 'base names of the other device types of that machine'],
    ],
  },
  {
    title: 'Files that were written',
    commands: ['init'],
    says: 'With `--dry-run`: that would be written.',
    keys: [
      VERSION,
      ['root', 'absolute path of the repository'],
      ['dryRun', 'true or false'],
      ['files', 'a list of path and action'],
    ],
  },
  {
    title: 'A sound configuration',
    commands: ['config check'],
    says: 'A defective one is [a failure](#a-failure) with every problem in `details.problems`.',
    keys: [VERSION, ['valid', 'true'], ['environment', 'the one in force']],
  },
  {
    title: 'The configuration in force',
    commands: ['config print'],
    says: '`osrel config schema` prints the JSON schema itself.',
    keys: [
      VERSION,
      ['environment', 'the one in force'],
      ['settings[].path', 'key path as in osrel.yml'],
      ['settings[].value', 'the value; a secret by the name of its variable'],
      ['settings[].origin', '`default` or `osrel.yml:12`'],
    ],
  },
  {
    title: 'Findings of the doctor',
    commands: ['doctor'],
    says: 'Exit code 2 when `healthy` is false.',
    keys: [
      VERSION,
      ['healthy', 'true or false'],
      ['findings[].name', 'what was looked at'],
      ['findings[].state', '`ok`, `weak` or `missing`'],
      ['findings[].found', 'what is there'],
      ['findings[].mend', 'the command or edit that mends it, or null'],
    ],
  },
];
