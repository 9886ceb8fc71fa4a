import { describe, expect, it } from 'vitest';
import { samplePlan, sampleReport, sampleStep } from '../testing/sample-run.ts';
import { NO_PAINT } from './paint.ts';
import { renderRunSummary } from './run-summary.ts';

describe('the summary of a run', () => {
  it('shows each step, what was left out, and one line in total', () => {
    const report = sampleReport(['done', 'adopted', 'failed']);
    expect(renderRunSummary(samplePlan(), report, NO_PAINT)).toMatchInlineSnapshot(`
      "STAGE   STEP             OUTCOME    TIME  NOTE
      build   build-hostapp    ✓ done     1.5s
      test    run-suite.smoke  = adopted
      deploy  create-draft     ✗ failed

      left out (osrel why STAGE tells more)
        finalize.evidence: suite cloud has no receipt

      ✗ failed: raspberrypi4-64 6.5.1, 1 done, 1 adopted, 1 failed, 4.5s of work, run run-1
      "
    `);
  });

  it('stays below 60 lines and hides only what went well', () => {
    const steps = Array.from({ length: 300 }, (_, index) => ({
      ...sampleStep(`step-${index}`, 'build'),
      outcome: index === 299 ? ('failed' as const) : ('done' as const),
      durationMs: 10,
      receipt: {},
      because: 'x'.repeat(500),
      error: null,
    }));
    const decisions = Array.from({ length: 40 }, (_, index) => ({
      rule: `rule-${index}`,
      outcome: 'skip',
      because: 'so',
    }));
    const text = renderRunSummary(
      samplePlan({ decisions }),
      sampleReport([], { steps, outcome: 'failed' }),
      NO_PAINT,
    );
    expect(text.split('\n').length).toBeLessThan(60);
    expect(text).toContain('step-299');
    expect(text).toContain('… and 256 more that are done');
  });
});
