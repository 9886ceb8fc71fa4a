import { describe, expect, it } from 'vitest';
import { asOsrelError, refused } from './osrel-error.ts';

const systemError = (code: string) => Object.assign(new Error(`${code}: no luck, write '/x'`), { code });

describe('asOsrelError', () => {
  it('gives an OsrelError back as it is', () => {
    const error = refused('a.b', 'no');
    expect(asOsrelError(error)).toBe(error);
  });

  it.each(['ENOSPC', 'EDQUOT', 'EFBIG'])('takes %s for a full disk, wherever it strikes', (code) => {
    const cause = systemError(code);
    expect(asOsrelError(cause)).toMatchObject({
      code: 'disk.full',
      exitCode: 1,
      message: expect.stringContaining("'/x'"),
      hint: expect.stringContaining('free space'),
      cause,
    });
  });

  it.each(['EACCES', 'EROFS'])('takes %s for a refusal of the system', (code) => {
    expect(asOsrelError(systemError(code))).toMatchObject({ code: 'disk.refused', exitCode: 1 });
  });

  it.each([new Error('x'), systemError('ENOENT'), 'text', undefined])('takes %s for a defect', (thrown) => {
    expect(asOsrelError(thrown)).toBeUndefined();
  });
});
