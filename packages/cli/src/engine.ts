/** The heavy half of core, apart so that help and small commands start without it. */
export { executePlan, planRelease, STEP_KINDS } from '@osrel/core';
