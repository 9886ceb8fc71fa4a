import { rigFailed, type TestLab } from '@osrel/core';

/** One lab of several kinds: each suite goes to the first that can drive its lab. Throws rig `lab.unavailable`. */
export function createTestLabs(labs: readonly TestLab[]): TestLab {
  const known = labs.flatMap((lab) => lab.labs);
  return {
    labs: known,
    runSuite: (request, observer) => {
      const lab = labs.find((each) => each.labs.includes(request.lab));
      if (lab !== undefined) return lab.runSuite(request, observer);
      throw rigFailed(
        'lab.unavailable',
        `this osrel cannot drive the test lab "${request.lab}"; it can drive: ${known.join(', ')}`,
        { hint: 'name one of them under tests.matrix in osrel.yml' },
      );
    },
  };
}
