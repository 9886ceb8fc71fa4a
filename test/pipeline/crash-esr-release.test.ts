import type { Ports } from '@osrel/core';
import { passedChecks } from '../builders/facts.ts';
import { tag } from '../builders/plan-of.ts';
import { describeCrashSafety } from './describe-crash-safety.ts';

const FLEET = 'balena_os/raspberrypi4-64-esr';
const LINES = { 'esr-next': '2026.4.x', 'esr-current': '2026.1.x', 'esr-sunset': '2025.10.x' };

/** A fleet whose three lines are set, so that all three tags rotate. */
async function giveLines({ hostappApplications }: Ports): Promise<void> {
  const tags = { 'release-policy': 'esr' };
  await hostappApplications.ensure({ slug: FLEET, deviceType: 'raspberrypi4-64', tags });
  for (const [key, value] of Object.entries(LINES)) {
    await hostappApplications.writeTag(FLEET, { key, value, expected: null });
  }
}

describeCrashSafety('an ESR release of a fleet with three lines', {
  version: '2026.7.0',
  trigger: tag('v2026.7.0'),
  change: { version: '2026.7.0', checks: passedChecks(), applicationTags: LINES },
  prepare: giveLines,
});
