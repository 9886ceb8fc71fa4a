import { badUsage, integrityBroken, type Problem } from '../errors/osrel-error.ts';
import { digestOfJson } from '../model/json.ts';
import type { Plan, UnlinkedPlan } from './plan.ts';
import { listPlanProblems } from './plan-problems.ts';
import { parsePlanShape } from './plan-schema.ts';
import { sortSteps } from './sort-steps.ts';

/**
 * Orders the steps, checks that the plan can be carried out and gives it its id. Throws a plain Error naming every
 * problem: a planner that makes an impossible plan is a defect, nothing a user could mend.
 */
export function linkPlan(plan: UnlinkedPlan): Plan {
  const problems = listPlanProblems(plan);
  if (problems.length > 0)
    throw new Error(`the ${plan.system} planner made an impossible plan: ${inOneLine(problems)}`);
  const linked = { ...plan, schemaVersion: 1 as const, steps: sortSteps(plan.steps).sorted };
  return { ...linked, planId: digestOfJson(linked) };
}

/**
 * A plan as read from a file. Throws usage `plan.malformed` with all problems, usage `plan.schema-version` for one of
 * a newer osrel, and integrity `plan.altered` naming both ids when the content is not what the id was made from.
 */
export function checkPlan(raw: unknown): Plan {
  const plan = parsePlanShape(raw);
  const { planId, ...content } = plan;
  const actual = digestOfJson(content);
  if (actual !== planId) {
    throw integrityBroken(
      'plan.altered',
      `the plan says its id is ${planId}, but its content has the id ${actual}`,
      {
        hint: 'make the plan again with osrel plan --out FILE; a plan is never edited by hand',
        details: { stated: planId, actual },
      },
    );
  }
  const problems = listPlanProblems(plan);
  if (problems.length === 0) return plan;
  throw badUsage('plan.malformed', `the plan cannot be carried out: ${inOneLine(problems)}`, {
    problems,
    hint: 'make the plan again with osrel plan --out FILE',
  });
}

function inOneLine(problems: readonly Problem[]): string {
  return problems.map(({ at, message }) => `${at} ${message}`).join('; ');
}
