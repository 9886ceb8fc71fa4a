import { type RigLimits, rigFailed, type SuiteObserver, type SuiteRequest, type TestLab } from '@osrel/core';
import { createSuitePlaces } from './suite-places.ts';

type RigKind = keyof RigLimits;

/**
 * One lab of several kinds: each suite goes to the first that can drive its lab, as many at once as the limits allow, in
 * order of asking. Throws rig `lab.unavailable`, and the observer's reason when it aborts while a suite waits.
 */
export function createTestLabs(labs: readonly TestLab[], limits: RigLimits): TestLab {
  const known = labs.flatMap((lab) => lab.labs);
  const places = {
    testbot: createSuitePlaces(limits.testbot),
    qemu: createSuitePlaces(limits.qemu),
    local: createSuitePlaces(limits.local),
  };
  return {
    labs: known,
    runSuite: async (request, observer) => {
      const lab = labs.find((each) => each.labs.includes(request.lab));
      if (lab === undefined) throw unavailable(request.lab, known);
      const kind = kindOf(request);
      const leave = await places[kind].take(observer.signal, () => tellWaiting(kind, limits, observer));
      try {
        return await lab.runSuite(request, observer);
      } finally {
        leave();
      }
    },
  };
}

function kindOf({ lab, worker }: SuiteRequest): RigKind {
  if (lab === 'leviathan') return worker === 'qemu' ? 'qemu' : 'testbot';
  return lab === 'qemu' ? 'qemu' : 'local';
}

function tellWaiting(kind: RigKind, limits: RigLimits, { onLine, onProgress }: SuiteObserver): void {
  onLine(`osrel: waits; ${limits[kind]} at once is the limit of ${kind} (tests.limits.${kind})`);
  const none = { rig: null, running: null, passed: 0, failed: 0, skipped: 0, percent: null };
  onProgress({ activity: 'waiting', ...none });
}

function unavailable(lab: string, known: readonly string[]) {
  return rigFailed(
    'lab.unavailable',
    `this osrel cannot drive the test lab "${lab}"; it can drive: ${known.join(', ')}`,
    { hint: 'name one of them under tests.matrix in osrel.yml' },
  );
}
