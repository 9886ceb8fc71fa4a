import { rm } from 'node:fs/promises';
import { afterAll } from 'vitest';
import { TREE } from '../builders/facts.ts';
import { pullRequest, tag } from '../builders/plan-of.ts';
import { describeCrashSafety } from './describe-crash-safety.ts';
import { openEmbeddedRelease } from './embedded-release.ts';
import { bringKept, factsOfTag, KEPT_AND_TESTED, keepBuild, VERSION } from './kept-build.ts';

const builder = await openEmbeddedRelease(VERSION);
const kept = await keepBuild(builder);
afterAll(() => rm(builder.root, { recursive: true, force: true }));

// The stages after these are cut in the crash tests of whole releases.
const NOTHING_AFTER = { 'deploy-hostapp': 'no', 'deploy-s3': 'no', 'finalize-hostapp': 'no' };

describeCrashSafety('a pull request that keeps its tested build', {
  version: VERSION,
  trigger: pullRequest(),
  change: { tree: TREE },
  osrelYml: { ...KEPT_AND_TESTED, events: { 'pull-request': NOTHING_AFTER } },
  fewestCuts: 40,
});

describeCrashSafety('a tag that fetches the bytes its pull request kept', {
  version: VERSION,
  trigger: tag(`v${VERSION}`),
  change: factsOfTag(kept),
  osrelYml: { ...KEPT_AND_TESTED, events: { tag: NOTHING_AFTER } },
  prepare: (ports) => bringKept(kept, ports),
  fewestCuts: 30,
});
