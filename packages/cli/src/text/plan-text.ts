import { explainPlan, type Plan } from '@osrel/core';
import type { PreviewedPlan } from '../run-documents.ts';
import { renderBuild } from './build-text.ts';
import type { Paint } from './paint.ts';

const LINE = `\n${'─'.repeat(60)}\n\n`;

/** Plans one below the other, with a line between. */
export function renderPlans(plans: readonly Plan[]): string {
  return plans.map(explainPlan).join(LINE);
}

/** The same, each plan with what its builds would run. */
export function renderPreviews(previews: readonly PreviewedPlan[], paint: Paint): string {
  return previews
    .map(({ plan, builds }) =>
      [explainPlan(plan), ...builds.map((build) => renderBuild(build, paint))].join('\n'),
    )
    .join(LINE);
}
