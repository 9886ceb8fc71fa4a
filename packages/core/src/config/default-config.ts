import type {
  Config,
  EnvironmentConfig,
  EventAction,
  EventChoice,
  EventName,
  GithubConfig,
} from './config.ts';

/** The environment that always exists: everything on a directory, no account, no network. */
export const LOCAL_ENVIRONMENT = 'local';

const NOTHING: Readonly<Record<EventAction, EventChoice>> = {
  build: 'no',
  'run-tests': 'no',
  'deploy-hostapp': 'no',
  'deploy-s3': 'no',
  'check-merge-tests': 'no',
  'finalize-hostapp': 'no',
  'deploy-esr': 'no',
};

const TAG: Readonly<Record<EventAction, EventChoice>> = {
  ...NOTHING,
  build: 'yes',
  'deploy-hostapp': 'yes',
  'deploy-s3': 'yes',
  'check-merge-tests': 'yes',
  'finalize-hostapp': 'yes',
};

/** What an event does when osrel.yml does not say otherwise: the table "Input defaults" of the seed workflow. */
export const DEFAULT_EVENTS: Readonly<Record<EventName, Readonly<Record<EventAction, EventChoice>>>> = {
  'pull-request': { ...NOTHING, build: 'yes', 'run-tests': 'yes', 'deploy-hostapp': 'yes' },
  tag: TAG,
  'esr-tag': { ...TAG, 'deploy-esr': 'yes' },
  manual: {
    ...NOTHING,
    build: 'yes',
    'run-tests': 'as-asked',
    'deploy-hostapp': 'as-asked',
    'deploy-s3': 'as-asked',
    'finalize-hostapp': 'as-asked',
  },
  branch: NOTHING,
  schedule: { ...NOTHING, build: 'yes', 'run-tests': 'yes' },
};

/** Every other default, in one place. */
export const DEFAULTS = {
  system: 'balena-os',
  frontend: 'barys',
  tier: 'blocker',
  mergeArrays: 'replace',
  finalizeWhenPassed: true,
  keepArtifacts: false,
  adoptArtifacts: true,
  checkWaitMinutes: 60,
  organization: 'balena_os',
  defaultEnvironment: LOCAL_ENVIRONMENT,
} as const satisfies {
  readonly system: Config['system'];
  readonly mergeArrays: Config['composition']['mergeArrays'];
  readonly [key: string]: unknown;
};

/** The environment `local` as it is without any configuration. */
export const DEFAULT_LOCAL_ENVIRONMENT: EnvironmentConfig = {
  name: LOCAL_ENVIRONMENT,
  kind: 'local',
  balena: { host: 'local', organization: DEFAULTS.organization, api: null, registry: null },
  store: {
    kind: 'directory',
    bucket: null,
    region: null,
    endpoint: null,
    pathStyle: null,
    acl: 'canned',
    encryption: 'none',
    kmsKey: null,
  },
  github: null,
  machineImages: null,
  secrets: {},
};

/** GitHub where a workflow runs, or where `github: {}` says so. */
export const DEFAULT_GITHUB: GithubConfig = {
  api: null,
  checks: {},
  waitMinutes: DEFAULTS.checkWaitMinutes,
  report: true,
};

/** Signing server and keys of the reference workflow (balena-workflow 1.4). */
export const DEFAULT_SIGNING = {
  api: 'https://sign.balena-cloud.com',
  grubKeyId: '2EB29B4CE0132F6337897F5FB8A88D1C62FCC729',
  habPkiId: 'b4ce3cb4cfd70a27b4e641f81a9048af',
  rsaKeyId: 'fe1b0af3afa08cc40df6000402404220',
} as const;
