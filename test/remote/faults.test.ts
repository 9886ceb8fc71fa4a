import { afterEach, vi } from 'vitest';
import { describeFaults } from './describe-faults.ts';

afterEach(() => {
  vi.unstubAllEnvs();
});

describeFaults('a release', {});
