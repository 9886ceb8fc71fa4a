import { type BuildSettings, buildSettingsSchema, type Plan } from '@osrel/core';
import { z } from 'zod';

const input = z.looseObject({ settings: buildSettingsSchema });

/** What a plan tells the build of one service. */
export function buildSettingsIn(plan: Plan, service: string): BuildSettings {
  return input.parse(plan.steps.find((step) => step.id === `build-${service}`)?.with).settings;
}
