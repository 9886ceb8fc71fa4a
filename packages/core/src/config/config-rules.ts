import { findNearestName } from '../model/nearest-name.ts';
import { checkBuildRules } from './build-rules.ts';
import { EVENT_ACTIONS, EVENT_NAMES, type EventAction } from './config.ts';
import { LOCAL_ENVIRONMENT } from './default-config.ts';
import type { RuleProblem } from './rule-problem.ts';
import { checkTestRules, type TestRuleQuestion } from './test-rules.ts';
import type { WrittenConfig, WrittenEnvironment } from './written-config.ts';

export interface RuleQuestion extends TestRuleQuestion {
  /** Names of all environments in the document, malformed ones included. */
  readonly environmentNames: readonly string[];
}

// Only these can be asked for when a pipeline is started by hand (ManualRequest).
const ASKABLE: readonly EventAction[] = ['run-tests', 'deploy-hostapp', 'deploy-s3', 'finalize-hostapp'];
const SECRET_NAMES = [
  'balenaApiKey',
  'balenaTestKey',
  'githubToken',
  'githubAppId',
  'githubAppKey',
  'receiptKey',
];

/** Rules between keys that a schema cannot say; every broken one at once. */
export function checkConfigRules(question: RuleQuestion): readonly RuleProblem[] {
  return [
    ...checkMachines(question.written),
    ...checkBuildRules(question.written),
    ...checkTestRules(question),
    ...checkDefaultEnvironment(question),
    ...checkEnvironments(question.written),
    ...checkEvents(question.written),
  ];
}

function checkMachines(written: WrittenConfig): readonly RuleProblem[] {
  const machines = Object.entries(written.machines ?? {}).map(([machine, wish]) => ({
    machine,
    slug: wish?.slug ?? wish?.['device-type'] ?? machine,
    key: wish?.slug === undefined && wish?.['device-type'] !== undefined ? 'device-type' : 'slug',
    other: wish?.slug === undefined ? undefined : wish['device-type'],
  }));
  return machines.flatMap(({ machine, slug, key, other }, index) => {
    const twin = machines.slice(0, index).find((earlier) => earlier.slug === slug);
    const path = ['machines', machine, key];
    return [
      ...(twin === undefined
        ? []
        : [{ path, message: `slug "${slug}" is taken by machine "${twin.machine}"` }]),
      ...(other === undefined || other === slug
        ? []
        : [
            {
              path: ['machines', machine, 'device-type'],
              message: `differs from slug "${slug}"; keep one of the two`,
            },
          ]),
    ];
  });
}

function checkDefaultEnvironment({ written, environmentNames }: RuleQuestion): readonly RuleProblem[] {
  const name = written.environment;
  const known = [...new Set([LOCAL_ENVIRONMENT, ...environmentNames])];
  if (name === undefined || known.includes(name)) return [];
  const nearest = findNearestName(name, known);
  const advice = nearest === undefined ? `known: ${known.join(', ')}` : `did you mean "${nearest}"?`;
  return [{ path: ['environment'], message: `environment "${name}" is not defined; ${advice}` }];
}

function checkEnvironments(written: WrittenConfig): readonly RuleProblem[] {
  return Object.entries(written.environments ?? {}).flatMap(([name, wish]) => {
    const broken = name === LOCAL_ENVIRONMENT ? checkLocal(wish ?? {}) : checkRemote(name, wish ?? {});
    return broken.map(({ path, message }) => ({ path: ['environments', name, ...path], message }));
  });
}

function checkLocal(wish: WrittenEnvironment): readonly RuleProblem[] {
  const { kind, ...remote } = wish.store ?? {};
  const foreign: readonly (readonly PropertyKey[])[] = [
    ...(wish.balena?.host === undefined ? [] : [['balena', 'host']]),
    ...(kind === undefined || kind === 'directory' ? [] : [['store', 'kind']]),
    ...Object.keys(remote).map((key) => ['store', key]),
    ...(['api', 'registry'] as const).flatMap((key) =>
      wish.balena?.[key] === undefined ? [] : [['balena', key]],
    ),
    ...(['github', 'machine-images', 'secrets'] as const).flatMap((key) =>
      wish[key] === undefined || wish[key] === null ? [] : [[key]],
    ),
  ];
  return foreign.map((path) => ({
    path,
    message: 'environment "local" stays on this machine; give a remote target a name of its own',
  }));
}

function checkRemote(name: string, wish: WrittenEnvironment): readonly RuleProblem[] {
  const store = wish.store ?? undefined;
  return [
    ...(wish.balena?.host === undefined && !name.includes('.') && !hasAddresses(wish)
      ? [
          {
            path: ['balena', 'host'],
            message: 'missing: needs the host of the backend, such as balena-cloud.com',
          },
        ]
      : []),
    ...(store?.kind === 'directory'
      ? [
          {
            path: ['store', 'kind'],
            message: 'a directory is the store of environment "local" only; needs "s3"',
          },
        ]
      : []),
    ...(store !== undefined && store.kind !== 'directory' && store.bucket === undefined
      ? [{ path: ['store', 'bucket'], message: 'missing: needs the bucket that the images go to' }]
      : []),
    ...(wish.store?.['kms-key'] !== undefined && wish.store.encryption !== 'aws:kms'
      ? [{ path: ['store', 'kms-key'], message: 'only used with encryption: aws:kms' }]
      : []),
    ...missingOf(wish['machine-images'] ?? undefined, 'machine-images', ['region', 'bucket']),
    ...checkSecretNames(wish),
  ];
}

/** Both addresses together say what the host stands for. */
function hasAddresses({ balena }: WrittenEnvironment): boolean {
  return balena?.api !== undefined && balena.registry !== undefined;
}

function missingOf(
  wish: Readonly<Record<string, unknown>> | undefined,
  section: string,
  keys: readonly string[],
): readonly RuleProblem[] {
  if (wish === undefined) return [];
  return keys
    .filter((key) => wish[key] === undefined)
    .map((key) => ({ path: [section, key], message: `missing: machine images need a ${key}` }));
}

function checkSecretNames(wish: WrittenEnvironment): readonly RuleProblem[] {
  return Object.keys(wish.secrets ?? {}).flatMap((name) => {
    const nearest = SECRET_NAMES.includes(name) ? undefined : findNearestName(name, SECRET_NAMES);
    if (nearest === undefined) return [];
    return [{ path: ['secrets', name], message: `unknown secret; did you mean "${nearest}"?` }];
  });
}

function checkEvents(written: WrittenConfig): readonly RuleProblem[] {
  return EVENT_NAMES.flatMap((event) =>
    EVENT_ACTIONS.flatMap((action) => {
      if (written.events?.[event]?.[action] !== 'as-asked') return [];
      if (event === 'manual' && ASKABLE.includes(action)) return [];
      const reason =
        event === 'manual'
          ? `nobody can ask for it; as-asked is for ${ASKABLE.join(', ')}`
          : 'only a pipeline started by hand can be asked; needs true or false';
      return [{ path: ['events', event, action], message: reason }];
    }),
  );
}
