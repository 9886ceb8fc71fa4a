import { z } from 'zod';
import { refused, rigFailed } from '../errors/osrel-error.ts';
import { defineStepKind, notDone } from './step-kind.ts';

const input = z.strictObject({
  sha: z.string(),
  version: z.string(),
  /** False where uncommitted changes may be built (nothing of it is published). */
  mustBeClean: z.boolean(),
  /** Generated and ignored paths that do not count as changes. */
  ignoredPaths: z.array(z.string()),
  /** Labs that the plan's suites need. */
  labs: z.array(z.string()),
});

const output = z.strictObject({
  sha: z.string(),
  shortSha: z.string(),
  /** Absolute path of the repository root. */
  root: z.string(),
});

/**
 * Checks that the checkout still is what was planned: same commit, same VERSION, clean where it must be, and that every
 * test lab the plan needs can be driven, before hours are spent on a build.
 */
export const checkSource = defineStepKind({
  kind: 'check-source',
  writes: false,
  input,
  output,
  ports: ['sourceRepository', 'deviceRepository', 'testLab'],
  probe: async () => notDone,
  run: async (wanted, { ports }) => {
    const [head, identity] = await Promise.all([
      ports.sourceRepository.readHead(),
      ports.deviceRepository.readIdentity(),
    ]);
    if (head.sha !== wanted.sha) {
      throw refused(
        'source.moved',
        `the plan is for ${wanted.sha.slice(0, 9)}, the checkout is at ${head.shortSha}`,
        {
          hint: `git checkout ${wanted.sha}, or make a new plan`,
        },
      );
    }
    if (
      identity.version !== undefined &&
      identity.version.replace(/^v/, '') !== wanted.version &&
      wanted.mustBeClean
    ) {
      throw refused(
        'source.version-moved',
        `the plan is for ${wanted.version}, VERSION now says ${identity.version}`,
        {
          hint: 'make a new plan',
        },
      );
    }
    const dirty = head.dirtyPaths.filter((path) => !isIgnored(path, wanted.ignoredPaths));
    if (wanted.mustBeClean && dirty.length > 0) {
      throw refused(
        'source.dirty',
        `the working tree has uncommitted changes: ${dirty.slice(0, 5).join(', ')}`,
        {
          hint: 'commit or stash them: a release is made from a commit',
          details: { paths: dirty },
        },
      );
    }
    checkLabs(wanted.labs, ports.testLab.labs);
    return { sha: head.sha, shortSha: head.shortSha, root: head.root };
  },
});

function isIgnored(path: string, ignored: readonly string[]): boolean {
  return ignored.some((each) => (each.endsWith('/') ? path.startsWith(each) : path === each));
}

function checkLabs(wanted: readonly string[], known: readonly string[]): void {
  const missing = wanted.filter((lab) => !known.includes(lab));
  if (missing.length === 0) return;
  throw rigFailed(
    'lab.unavailable',
    `this osrel cannot drive the test lab ${missing.join(', ')}; it can drive: ${known.join(', ')}`,
    {
      hint: 'name a command lab under tests.matrix in osrel.yml, or switch the tests off for this event',
    },
  );
}
