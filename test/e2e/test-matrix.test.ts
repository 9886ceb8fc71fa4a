import { describe, expect, it } from 'vitest';
import { documentOf, osrel } from './osrel-process.ts';
import { makeTinyCheckout } from './tiny-checkout.ts';

describe('osrel matrix test', () => {
  it('gives every cell of a CI matrix a name of its own for its reports (W36)', async () => {
    const workflow = {
      test_suite: ['os', 'hup'],
      environment: ['balena-cloud.com', 'bm.balena-dev.com'],
      worker_type: ['qemu'],
      runs_on: [['self-hosted', 'X64', 'kvm']],
    };
    const checkout = await makeTinyCheckout({
      machines: ['one', 'two'],
      osrelYml: `tests: { matrix: '${JSON.stringify(workflow)}' }\n`,
    });
    const { include } = documentOf(
      await osrel(checkout.path, ['matrix', 'test', '--machine', 'one', '--machine', 'two']),
    );
    expect(include).toHaveLength(8);
    const reports = include.map(({ report }: { report: string }) => report);
    expect(new Set(reports).size).toBe(8);
    expect(reports[0]).toBe('reports-one-os-qemu-balena-cloud.com');
    expect(include[0]).toMatchObject({
      machine: 'one',
      slug: 'one',
      suite: 'os',
      lab: 'leviathan',
      worker: 'qemu',
      environment: 'balena-cloud.com',
      runsOn: ['self-hosted', 'X64', 'kvm'],
    });
  });
});
