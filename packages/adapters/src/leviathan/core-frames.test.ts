import { describe, expect, it } from 'vitest';
import { parseCoreFrame } from './core-frames.ts';

const parse = (frame: unknown) => parseCoreFrame(JSON.stringify(frame));

describe('parseCoreFrame', () => {
  it('reads what a core asks for, with the token as it was written', () => {
    const data = { id: 'image', name: 'os.img', token: 0.30000000000000004, attempt: 2 };
    expect(parse({ type: 'upload', data })).toEqual({
      type: 'upload',
      id: 'image',
      name: 'os.img',
      token: '0.30000000000000004',
      attempt: 2,
    });
  });

  it('takes only a status that says success or failure for a result', () => {
    expect(parse({ type: 'status', data: { success: false } })).toEqual({ type: 'result', success: false });
    expect(parse({ type: 'status', data: { success: 'yes' } }).type).toBe('remark');
    expect(parse({ type: 'status', data: {} })).toEqual({ type: 'remark', text: null });
  });

  it('reads how far flashing is, as far as it is a number', () => {
    const flashing = (percentage: unknown) =>
      parse({ type: 'status', data: { message: 'Flashing', percentage } });
    expect(flashing(40.5)).toEqual({ type: 'flashing', percent: 40.5 });
    expect(flashing(700)).toEqual({ type: 'flashing', percent: 100 });
    expect(flashing('much')).toEqual({ type: 'flashing', percent: null });
  });

  it('reads what a suite logs, whatever it is', () => {
    expect(parse({ type: 'log', data: 'a line' })).toEqual({ type: 'log', text: 'a line' });
    expect(parse({ type: 'log', data: { code: 1 } })).toEqual({ type: 'log', text: '{"code":1}' });
  });

  it('names a frame that it does not know, cut short', () => {
    expect(parse({ type: 'party', data: 1 })).toEqual({
      type: 'unreadable',
      because: 'a frame of unknown type "\\"party\\""',
    });
    const long = parseCoreFrame('x'.repeat(10_000));
    expect(long.type === 'unreadable' ? long.because.length : 0).toBeLessThan(200);
  });

  it('refuses a name that would leave the folder', () => {
    const data = { id: 'image', name: '../../etc/passwd', token: 1, attempt: 1 };
    expect(parse({ type: 'upload', data }).type).toBe('unreadable');
  });

  it.each(['', '{', 'null', '1', '[]', '{}', '{"type":5}', '{"type":"upload"}', '{"type":"error"}'])(
    'does not throw for %s',
    (text) => {
      expect(() => parseCoreFrame(text)).not.toThrow();
    },
  );

  it.each(['upload', 'log', 'status', 'info', 'error'])('takes anything for the data of %s', (type) => {
    for (const data of [null, undefined, 1, '', [], {}, { message: null }, [[{}]], { success: {} }, true])
      expect(() => parse({ type, data })).not.toThrow();
  });
});
