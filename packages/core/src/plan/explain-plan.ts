import { STAGES, type Stage } from '../model/stage.ts';
import { explainTrigger } from './explain-trigger.ts';
import type { Decision, Plan, Step } from './plan.ts';
import { wrapText } from './wrap-text.ts';

const WIDTH = 100;
const WIDEST_ID = 30;

/**
 * The plan for people, without colour, lines of at most 100 characters: what it is about, then stage by stage what
 * will happen and why, then every other decision. Ends with a newline.
 */
export function explainPlan(plan: Plan): string {
  const blocks = [
    explainHeader(plan),
    ...STAGES.map((stage) => explainStage(plan, stage)),
    explainRest(plan.decisions.filter((decision) => decision.stage === undefined)),
    explainMarks(plan.steps),
  ];
  const lines = blocks.filter((block) => block.length > 0).map((block) => block.join('\n'));
  return `${lines.join('\n\n')}\n`;
}

function explainHeader(plan: Plan): readonly string[] {
  const { target, source } = plan;
  const rows = [
    [
      'machine',
      target.slug === target.machine ? target.machine : `${target.machine} (device type ${target.slug})`,
    ],
    ['version', target.esr ? `${target.version} (ESR)` : target.version],
    ['environment', plan.environment],
    ['triggered by', explainTrigger(plan.trigger)],
    ['source', source.repository === null ? source.sha : `${source.sha} of ${source.repository}`],
    ['plan', `${plan.planId.slice(0, 12)} (${plan.system})`],
  ] as const;
  return rows.flatMap(([label, text]) => hang(label.padEnd(14), text));
}

function explainStage(plan: Plan, stage: Stage): readonly string[] {
  const steps = plan.steps.filter((step) => step.stage === stage);
  const decisions = plan.decisions.filter((decision) => decision.stage === stage);
  const verdict = plan.stages[stage] === 'skip' ? 'skip' : `run, ${count(steps.length)}`;
  const mark = plan.stages[stage] === 'skip' ? '[ ]' : '[x]';
  return [
    `${mark} ${stage}: ${verdict}`,
    ...decisions.flatMap((decision) => explainDecision(decision)),
    ...explainSteps(steps, plan.steps),
  ];
}

function count(steps: number): string {
  if (steps === 0) return 'nothing left to do';
  return steps === 1 ? '1 step' : `${steps} steps`;
}

function explainDecision(decision: Decision): readonly string[] {
  const origin = decision.origin === undefined ? '' : `, set by ${decision.origin}`;
  return [
    ...hang('    - ', decision.because),
    ...hang('      ', `${decision.rule}: ${decision.outcome}${origin}`),
    ...(decision.change === undefined ? [] : hang('      to change it: ', decision.change)),
  ];
}

function explainSteps(steps: readonly Step[], all: readonly Step[]): readonly string[] {
  const widest = Math.min(WIDEST_ID, Math.max(0, ...steps.map(({ id }) => id.length)));
  const digits = String(all.length).length;
  return steps.flatMap((step) => {
    const number = String(all.indexOf(step) + 1).padStart(digits);
    const label = `    ${number}. ${step.id.padEnd(widest)} ${step.writes ? '*' : ' '} `;
    const after = step.needs.length === 0 ? '' : ` (after ${step.needs.join(', ')})`;
    return hang(label, `${step.summary}${after}`, 8 + digits + widest + 1);
  });
}

function explainRest(decisions: readonly Decision[]): readonly string[] {
  if (decisions.length === 0) return [];
  return ['other decisions', ...decisions.flatMap((decision) => explainDecision(decision))];
}

function explainMarks(steps: readonly Step[]): readonly string[] {
  return steps.some((step) => step.writes) ? ['* changes something; the other steps only read'] : [];
}

/** The label, with the wrapped text hanging beside it; a label wider than its column stands on a line of its own. */
function hang(label: string, text: string, column = label.length): readonly string[] {
  const lines = wrapText(text, WIDTH - column);
  const indent = ' '.repeat(column);
  if (label.length > column) return [label.trimEnd(), ...lines.map((line) => `${indent}${line}`)];
  const [first = '', ...rest] = lines;
  return [`${label}${first}`.trimEnd(), ...rest.map((line) => `${indent}${line}`)];
}
