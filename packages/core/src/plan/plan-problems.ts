import type { Problem } from '../errors/osrel-error.ts';
import { STAGES } from '../model/stage.ts';
import type { Step, UnlinkedPlan } from './plan.ts';
import { sortSteps } from './sort-steps.ts';
import { listReferences } from './step-ref.ts';

/** Ids become file names of logs and keys of the journal. */
const STEP_ID = /^[a-z0-9][a-z0-9._-]{0,79}$/;

/**
 * Everything that makes a plan impossible to carry out, at once: malformed or repeated ids, unknown needs, references
 * outside the needs, cycles, and stages that contradict their steps or are left out without a reason.
 */
export function listPlanProblems(plan: UnlinkedPlan): readonly Problem[] {
  const references = plan.steps.flatMap((step) =>
    listMalformedReferences(step.with, `steps.${step.id}.with`),
  );
  if (references.length > 0) return references;
  const local = [
    ...listIdProblems(plan.steps),
    ...plan.steps.flatMap((step) => listNeedProblems(step, plan.steps)),
    ...listStageProblems(plan),
  ];
  return local.length > 0 ? local : listCycles(plan.steps);
}

function listIdProblems(steps: readonly Step[]): readonly Problem[] {
  const seen = new Set<string>();
  const problems: Problem[] = [];
  for (const [index, step] of steps.entries()) {
    const at = `steps[${index}].id`;
    if (!STEP_ID.test(step.id)) problems.push({ at, message: `${JSON.stringify(step.id)} is no step id` });
    if (seen.has(step.id)) problems.push({ at, message: `${JSON.stringify(step.id)} is used twice` });
    seen.add(step.id);
  }
  return problems;
}

function listNeedProblems(step: Step, steps: readonly Step[]): readonly Problem[] {
  const known = new Set(steps.map(({ id }) => id));
  const needs = new Set(step.needs);
  const unknown = step.needs
    .filter((need) => !known.has(need))
    .map((need) => ({ at: `steps.${step.id}.needs`, message: `there is no step ${JSON.stringify(need)}` }));
  const unordered = [...new Set(listReferences(step.with))]
    .filter((from) => !needs.has(from))
    .map((from) => ({
      at: `steps.${step.id}.with`,
      message: `refers to ${JSON.stringify(from)}, which it does not need`,
    }));
  return [...unknown, ...unordered];
}

function listStageProblems(plan: UnlinkedPlan): readonly Problem[] {
  return STAGES.filter((stage) => plan.stages[stage] === 'skip').flatMap((stage) => {
    const steps = plan.steps.filter((step) => step.stage === stage).map(({ id }) => id);
    const isExplained = plan.decisions.some((decision) => decision.stage === stage);
    return [
      ...(steps.length > 0
        ? [{ at: `stages.${stage}`, message: `is skipped but has the steps ${steps.join(', ')}` }]
        : []),
      ...(isExplained
        ? []
        : [{ at: `stages.${stage}`, message: 'is skipped without a decision that says why' }]),
    ];
  });
}

function listCycles(steps: readonly Step[]): readonly Problem[] {
  const { cyclic } = sortSteps(steps);
  if (cyclic.length === 0) return [];
  return [
    { at: 'steps', message: `wait for each other in a cycle: ${cyclic.map(({ id }) => id).join(', ')}` },
  ];
}

function listMalformedReferences(value: unknown, at: string): readonly Problem[] {
  if (Array.isArray(value))
    return value.flatMap((item, index) => listMalformedReferences(item, `${at}[${index}]`));
  if (typeof value !== 'object' || value === null) return [];
  if ('$output' in value) return isWellFormed(value) ? [] : [{ at, message: 'is no well-formed reference' }];
  return Object.entries(value).flatMap(([key, item]) => listMalformedReferences(item, `${at}.${key}`));
}

function isWellFormed(value: { readonly $output: unknown }): boolean {
  const target = value.$output;
  if (Object.keys(value).length !== 1 || typeof target !== 'object' || target === null) return false;
  if (Object.keys(target).length !== 2 || !('from' in target) || !('key' in target)) return false;
  return typeof target.from === 'string' && typeof target.key === 'string';
}
