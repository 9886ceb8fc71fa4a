import { describe, expect, it } from 'vitest';
import { createOwnerIdentity, type OwnerProcess } from './owner-identity.ts';

const OWN: OwnerProcess = {
  pid: 42,
  host: 'builder-1.example',
  startTicks: '815',
  bootId: '0b1c-2d',
  pidNamespace: '4026531836',
};

describe('createOwnerIdentity', () => {
  it('writes and reads one line', () => {
    const judged: OwnerProcess[] = [];
    const owner = createOwnerIdentity({
      own: OWN,
      judge: (process) => {
        judged.push(process);
        return 'gone';
      },
    });
    expect(owner.text).toBe('42:815:0b1c-2d:4026531836@builder-1.example');
    expect(owner.isGone(owner.text)).toBe(true);
    expect(judged).toEqual([OWN]);
  });

  it('keeps what the system does not tell', () => {
    const bare = { ...OWN, startTicks: null, bootId: null, pidNamespace: null };
    const owner = createOwnerIdentity({
      own: bare,
      judge: (process) => (process.bootId === null ? 'gone' : 'alive'),
    });
    expect(owner.isGone(owner.text)).toBe(true);
  });

  it.each(['alive', 'unknown'] as const)(
    'takes an owner that is %s for one that may still run',
    (liveness) => {
      const owner = createOwnerIdentity({ own: OWN, judge: () => liveness });
      expect(owner.isGone(owner.text)).toBe(false);
    },
  );

  it.each(['', 'x', '42', '42:1:2@a b', 'yes\n42:815:0b1c-2d:1@x'])(
    'knows nothing of the text %j',
    (text) => {
      const owner = createOwnerIdentity({ own: OWN, judge: () => 'gone' });
      expect(owner.isGone(text)).toBe(false);
    },
  );
});
