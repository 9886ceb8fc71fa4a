import { command } from '../builders/plan-of.ts';
import { describeCrashSafety } from './describe-crash-safety.ts';

const SMOKE = {
  tests: { matrix: [{ suite: 'smoke', lab: 'command', command: ['./smoke.sh'], results: 'tap' }] },
};

describeCrashSafety('a full release that tests first', {
  version: '6.5.1',
  trigger: command('release'),
  change: {},
  osrelYml: SMOKE,
});
