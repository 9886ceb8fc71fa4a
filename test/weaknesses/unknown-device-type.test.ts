import { expect, it } from 'vitest';
import { refusalOf, tag } from '../builders/plan-of.ts';

it('a device type that the backend does not know is no public one: its release is refused (W33)', async () => {
  const refusal = await refusalOf(tag('v6.5.1'), {
    remote: { privacy: 'unknown', createsMissing: false, applicationIsPublic: null },
  });
  expect(refusal).toMatchObject({ code: 'device-type.unknown', exitCode: 4 });
  expect(refusal.message).toContain('raspberrypi4-64');
});
