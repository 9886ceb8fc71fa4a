/** Environment variables that osrel reads, with what for; test/docs compares the names with the sources. */
export const READ_VARIABLES: readonly (readonly [name: string, meaning: string])[] = [
  ['NO_COLOR', 'set: no colour'],
  ['FORCE_COLOR', 'set: colour off a terminal too'],
  ['TERM', '`dumb`: no colour, nothing animates'],
  ['XDG_CACHE_HOME', 'folder for what can be made again; `~/.cache` when not set'],
  ['XDG_CONFIG_HOME', "folder of the user's key for test receipts; `~/.config` when not set"],
  [
    'OSREL_RECEIPT_KEY',
    'ed25519 private key (PEM) that signs test receipts, where `secrets.receiptKey` names no other',
  ],
  ['CI', 'set: nothing animates, nothing is asked'],
  ['GITHUB_ACTIONS', '`true`: GitHub Actions; groups, annotations and summary'],
  ['GITLAB_CI', '`true`: GitLab, whose events are not read'],
  ['JENKINS_URL', 'set: Jenkins, whose events are not read'],
  ['BUILDKITE', '`true`: Buildkite, whose events are not read'],
  ['CIRCLECI', '`true`: CircleCI, whose events are not read'],
  ['GITHUB_EVENT_NAME', 'the event that `osrel auto` acts on'],
  ['GITHUB_EVENT_PATH', 'its payload; `--event FILE` replaces it'],
  ['GITHUB_SHA', 'commit of the event'],
  ['GITHUB_REF', 'ref of the event'],
  ['GITHUB_REPOSITORY', '`owner/name`'],
  ['GITHUB_ACTOR', 'who started the pipeline'],
  ['GITHUB_RUN_ID', 'names the workflow run'],
  ['GITHUB_RUN_ATTEMPT', 'attempt of the workflow run'],
  ['GITHUB_SERVER_URL', 'for links'],
  ['GITHUB_WORKFLOW', 'name of the workflow'],
  ['GITHUB_WORKFLOW_REF', 'file of the workflow'],
  ['GITHUB_OUTPUT', 'file for outputs of the CI step'],
  ['DOCKER', 'program that runs containers, before docker and podman are looked for'],
  [
    'HELPER_IMAGE_REPO',
    'repository of the helper image; `ghcr.io/balena-os/balena-yocto-scripts` when not set',
  ],
  ['BALENA_YOCTO_SCRIPTS_VERSION', 'version of the helper image; that of the submodule when not set'],
  ['SSH_AUTH_SOCK', 'socket that a build in a container may ask for ssh keys'],
  ['GITHUB_STEP_SUMMARY', 'file for the summary of the CI step'],
  ['GITHUB_API_URL', 'REST API of GitHub, where `github.api` names none'],
  ['GITHUB_TOKEN', 'token for GitHub, where `secrets` names none'],
  ['BALENA_API_KEY', 'key for the balena backend, where `secrets.balenaApiKey` names no other'],
  ['DOCKER_CONFIG', "folder of docker's `config.json`, for logins to registries; `~/.docker` when not set"],
  ['AWS_ACCESS_KEY_ID', 'with AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN: credentials for store and EC2'],
  ['AWS_PROFILE', 'profile to take these from; the SDK knows further ways, such as web identity'],
];

/** What every program that osrel starts finds in its environment. */
export const PROGRAM_VARIABLES: readonly (readonly [name: string, meaning: string])[] = [
  ['OSREL_PROGRAM', 'who started it; by this the next osrel finds and stops what a killed one left running'],
];

/** What a build command (`build.command`) finds in its environment. */
export const BUILD_VARIABLES: readonly (readonly [name: string, meaning: string])[] = [
  ['OSREL_BUILD_DIR', 'absolute path of the build folder'],
  ['OSREL_RECIPE', 'recipe of the service; empty: the image of the device type'],
  ['OSREL_SERVICE', 'service of the composition'],
];

/** What the test command of a machine image finds in its environment. */
export const MACHINE_IMAGE_VARIABLES: readonly (readonly [name: string, meaning: string])[] = [
  ['OSREL_MACHINE_IMAGE', 'id of the image, `ami-...`'],
  ['OSREL_MACHINE_IMAGE_NAME', 'its name'],
  ['OSREL_MACHINE_IMAGE_REGION', 'its region'],
];

/** What a command lab finds in its environment. */
export const LAB_VARIABLES: readonly (readonly [name: string, meaning: string])[] = [
  ['OSREL_DEPLOY_DIR', 'absolute path of the deploy folder under test'],
  ['OSREL_IMAGE', 'absolute path of the disk image under test; empty for a device type without one'],
  ['OSREL_MACHINE', 'machine'],
  ['OSREL_SLUG', 'device type'],
  ['OSREL_VERSION', 'OS version'],
  ['OSREL_SUITE', 'name of the suite'],
  ['OSREL_REPORTS', 'folder for JUnit files (`*.xml`)'],
];
