import { expect } from 'vitest';
import { gatedSuite } from '../servers/leviathan/scripted-suites.ts';
import { type LabStage, type LabStageOptions, setLabStage } from './leviathan-lab-stage.ts';

/** A stage whose suite waits for `gate`, with its first words said and the spare listener there. */
export async function midRun(options: LabStageOptions = {}) {
  const gate = Promise.withResolvers<void>();
  const stage = await setLabStage({ ...options, core: { suite: gatedSuite(gate.promise), ...options.core } });
  const result = stage.run();
  result.catch(() => {});
  await stage.hears('# Subtest: waits');
  await stage.core.until(() => stage.core.sockets().some(({ kind }) => kind === 'spare'));
  return { ...stage, gate, result };
}

/** Nothing is held any more, whatever happened. */
export async function expectAllFree(
  stage: Pick<LabStage, 'rig' | 'left' | 'leftovers'>,
  state: string | null,
): Promise<void> {
  expect(stage.rig.state()).toBe('IDLE');
  expect(stage.left).toEqual(state === null ? [] : [state]);
  expect(await stage.leftovers()).toEqual([]);
}

/** How often the core was told to stop its suite. */
export const stopsOf = (stage: Pick<LabStage, 'core'>) =>
  stage.core.requests.filter(({ method, path }) => method === 'POST' && path === '/stop').length;
