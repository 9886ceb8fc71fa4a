import { type ManualRequest, type Problem, parseTestMatrix } from '@osrel/core';
import { malformedEvent } from './event-question.ts';
import { environmentName, onOneLine } from './event-values.ts';

type Inputs = Readonly<Record<string, string | boolean | number | null>>;
type Answer = boolean | undefined;

const KNOWN = [
  'run-tests',
  'deploy-hostapp',
  'deploy-s3',
  'force-finalize',
  'finalize-hostapp',
  'reason',
  'deploy-environment',
  'test-matrix',
];

interface Asks {
  readonly runTests: Answer;
  readonly deployHostapp: Answer;
  readonly deployStore: Answer;
  readonly forceFinalize: boolean;
  readonly environment: string | undefined;
  readonly reason: string | undefined;
}

/**
 * What the inputs of a manual start ask for (balena-workflow 1.2): true and false are explicit, an empty one was
 * not asked. Names may have dashes or underscores. Inputs that mean nothing here are named in the trace.
 * Throws usage `ci.event-malformed` with every bad input, config `tests.matrix-malformed` for a bad matrix.
 */
export function readManualRequest(
  inputs: Inputs,
  event: string,
): { readonly request: ManualRequest; readonly trace: readonly string[] } {
  const texts = textsOf(inputs);
  const problems = problemsOf(texts);
  if (problems.length > 0) throw malformedEvent(event, problems);
  const suites = suitesOf(texts.get('test-matrix'));
  const implied = impliedBy(texts);
  const asks: Asks = {
    runTests: answerOf(texts, 'run-tests') ?? (suites === undefined ? undefined : suites.length > 0),
    deployHostapp: answerOf(texts, 'deploy-hostapp') ?? implied.answer,
    deployStore: answerOf(texts, 'deploy-s3') ?? implied.answer,
    forceFinalize: isForced(texts),
    environment: texts.get('deploy-environment'),
    reason: reasonOf(texts),
  };
  return { request: requestOf(asks), trace: [...traceOf(texts, suites), ...implied.trace] };
}

/** Inputs by their dashed name, without those that were left empty. */
function textsOf(inputs: Inputs): ReadonlyMap<string, string> {
  const pairs = Object.entries(inputs).map(
    ([name, value]) => [name.replaceAll('_', '-'), value === null ? '' : String(value).trim()] as const,
  );
  return new Map(pairs.filter(([, text]) => text !== ''));
}

function problemsOf(texts: ReadonlyMap<string, string>): readonly Problem[] {
  const flags = ['run-tests', 'deploy-hostapp', 'deploy-s3', 'force-finalize', 'finalize-hostapp'];
  const environment = texts.get('deploy-environment');
  return [
    ...flags.flatMap((name) => {
      const text = texts.get(name);
      if (text === undefined || text === 'true' || text === 'false') return [];
      return [{ at: `inputs.${name}`, message: `needs true or false (is ${JSON.stringify(text)})` }];
    }),
    ...(environment === undefined || environmentName.safeParse(environment).success
      ? []
      : [
          {
            at: 'inputs.deploy-environment',
            message: `needs an environment name: letters, digits, dot, dash, underscore (is ${JSON.stringify(environment)})`,
          },
        ]),
  ];
}

function answerOf(texts: ReadonlyMap<string, string>, name: string): Answer {
  const text = texts.get(name);
  return text === undefined ? undefined : text === 'true';
}

function isForced(texts: ReadonlyMap<string, string>): boolean {
  return answerOf(texts, 'force-finalize') === true || answerOf(texts, 'finalize-hostapp') === true;
}

function suitesOf(matrix: string | undefined): readonly string[] | undefined {
  if (matrix === undefined) return undefined;
  return parseTestMatrix(matrix, 'inputs.test_matrix').map((entry) => entry.suite);
}

// The reference callers have no deploy inputs: a dispatch with an environment deploys to it (balena-workflow 1.6).
function impliedBy(texts: ReadonlyMap<string, string>): {
  readonly answer: Answer;
  readonly trace: readonly string[];
} {
  if (isForced(texts)) {
    return {
      answer: true,
      trace: ['a forced finalization asks for deploy-hostapp and deploy-s3 where they are not answered'],
    };
  }
  const environment = texts.get('deploy-environment');
  if (environment === undefined || texts.has('deploy-hostapp') || texts.has('deploy-s3')) {
    return { answer: undefined, trace: [] };
  }
  return {
    answer: true,
    trace: [`deploy-environment=${environment} with no deploy input asks for deploy-hostapp and deploy-s3`],
  };
}

function reasonOf(texts: ReadonlyMap<string, string>): string | undefined {
  const reason = texts.get('reason');
  return reason === undefined ? undefined : onOneLine(reason);
}

function requestOf({
  runTests,
  deployHostapp,
  deployStore,
  forceFinalize,
  reason,
  environment,
}: Asks): ManualRequest {
  return {
    ...(runTests === undefined ? {} : { runTests }),
    ...(deployHostapp === undefined ? {} : { deployHostapp }),
    ...(deployStore === undefined ? {} : { deployStore }),
    forceFinalize,
    ...(reason === undefined ? {} : { reason }),
    ...(environment === undefined ? {} : { environment }),
  };
}

function traceOf(
  texts: ReadonlyMap<string, string>,
  suites: readonly string[] | undefined,
): readonly string[] {
  const given = KNOWN.filter((name) => texts.has(name) && name !== 'test-matrix' && name !== 'reason');
  const unknown = [...texts.keys()].filter((name) => !KNOWN.includes(name)).map(onOneLine);
  return [
    ...given.map((name) => `input ${name}=${texts.get(name)}`),
    ...(suites === undefined ? [] : [matrixTrace(suites, answerOf(texts, 'run-tests'))]),
    ...(answerOf(texts, 'finalize-hostapp') === true
      ? ['finalize-hostapp=true: a manual start finalizes only by force, so it counts as force-finalize']
      : []),
    ...(unknown.length === 0 ? [] : [`inputs without a meaning here: ${unknown.join(', ')}`]),
  ];
}

function matrixTrace(suites: readonly string[], runTests: Answer): string {
  if (runTests !== undefined) return `input test_matrix does not count beside run-tests=${runTests}`;
  if (suites.length === 0) return 'input test_matrix asks for no suite: run-tests=false';
  return `input test_matrix asks for ${suites.join(', ')}: run-tests=true; the matrix of osrel.yml is what runs`;
}
