import { explainPlan, type Plan } from '@osrel/core';

/** Plans one below the other, with a line between. */
export function renderPlans(plans: readonly Plan[]): string {
  return plans.map(explainPlan).join(`\n${'─'.repeat(60)}\n\n`);
}
