import { expect, it } from 'vitest';
import { command } from '../builders/plan-of.ts';
import { openEmbeddedRelease, planEmbedded } from '../pipeline/embedded-release.ts';
import { runRelease, SMOKE } from './run-release.ts';

it('what a deploying step says is told under the id of the step, with what it gave (W16)', async () => {
  const release = await openEmbeddedRelease('6.5.1');
  const plan = await planEmbedded(release.ports, command('release'), {}, { osrelYml: SMOKE });
  const run = await runRelease(plan, release.ports);
  const told = run.events.flatMap((event) => (event.type === 'step-log' ? [event.stepId] : []));
  for (const id of ['upload-images', 'create-draft', 'push-hostapp', 'attach-assets'])
    expect(told).toContain(id);
  const pushed = run.steps.find(({ id }) => id === 'push-hostapp');
  expect(pushed?.receipt).toMatchObject({ contentHash: expect.stringMatching(/^sha256:[0-9a-f]{64}$/) });
  await release.remove();
});
