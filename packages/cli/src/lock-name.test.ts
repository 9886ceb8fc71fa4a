import { expect, it } from 'vitest';
import { lockNameOf } from './lock-name.ts';
import { samplePlan } from './testing/sample-run.ts';

it('a lock is named by environment, device type and version, in letters of file names only', () => {
  const { target } = samplePlan();
  expect(lockNameOf({ environment: 'balena-cloud.com', target: { ...target, version: '6.5.1+rev2' } })).toBe(
    'balena-cloud.com--raspberrypi4-64--6.5.1+rev2',
  );
  expect(lockNameOf({ environment: '../x', target })).not.toContain('/');
});
