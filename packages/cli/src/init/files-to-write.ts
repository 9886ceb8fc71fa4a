/** Answers of `osrel init`. */
export interface InitAnswers {
  /** Device types to name in osrel.yml; empty: all of the repository. */
  readonly machines: readonly string[];
  readonly github: boolean;
}

export interface WantedFile {
  /** Posix path relative to the repository root. */
  readonly path: string;
  readonly text: string;
}

const IGNORED = ['.osrel/', 'deploy/'] as const;

/** New files of a repository that begins to use osrel. Pure. */
export function filesToWrite(answers: InitAnswers): readonly WantedFile[] {
  const configuration = { path: 'osrel.yml', text: renderConfiguration(answers.machines) };
  return answers.github
    ? [configuration, { path: '.github/workflows/osrel.yml', text: WORKFLOW }]
    : [configuration];
}

/** `.gitignore` with what osrel needs; undefined when nothing is missing. */
export function extendGitignore(text: string): string | undefined {
  const lines = text.split(/\r?\n/).map((line) => line.trim());
  const missing = IGNORED.filter(
    (entry) =>
      ![entry, `/${entry}`, entry.slice(0, -1), `/${entry.slice(0, -1)}`].some((form) =>
        lines.includes(form),
      ),
  );
  if (missing.length === 0) return undefined;
  const head = text === '' || text.endsWith('\n') ? text : `${text}\n`;
  return `${head}${missing.join('\n')}\n`;
}

function renderConfiguration(machines: readonly string[]): string {
  const named = machines.map((machine) => `  ${JSON.stringify(machine)}: {}`);
  return [
    '# Every key is optional. All keys: osrel config schema. All values in force: osrel config print',
    'system: balena-os',
    ...(named.length === 0 ? [] : ['machines:', ...named]),
    '# tests:',
    '#   required: [smoke]                # evidence that finalize asks for',
    '#   matrix:',
    '#     - { suite: smoke, lab: command, command: [./tests/smoke.sh], results: tap }',
    '# environments:                      # what a key and a role need: osrel permissions --env NAME',
    '#   balena-cloud.com:',
    '#     balena: { organization: my_org }',
    '#     store: { bucket: my-images, region: us-east-1 }',
    '#     secrets: { balenaApiKey: { env: BALENA_API_KEY } }',
    '',
  ].join('\n');
}

const WORKFLOW = `name: osrel
on:
  pull_request:
  push:
    tags: ['v*']
  workflow_dispatch:
    inputs:
      deploy-environment:
        description: environment of osrel.yml to deploy to
        required: false
      force-finalize:
        description: finalize without evidence
        type: boolean
        default: false
      reason:
        description: why it is forced; kept with the release
        required: false
# One release of a ref at a time; a started one is never cut off.
concurrency:
  group: osrel-\${{ github.ref }}
  cancel-in-progress: false
permissions:
  contents: read
  actions: read
  pull-requests: read
  # How far each stage has come is shown on the commit.
  checks: write
  statuses: write
jobs:
  release:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v5
        with:
          fetch-depth: 0
          submodules: recursive
      - uses: actions/setup-node@v5
        with:
          node-version: 24
      - run: npx --yes osrel auto --explain
        env:
          GITHUB_TOKEN: \${{ github.token }}
          BALENA_API_KEY: \${{ secrets.BALENA_API_KEY }}
`;
