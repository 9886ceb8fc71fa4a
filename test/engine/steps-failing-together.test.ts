import { toolFailed } from '@osrel/core';
import { describe, expect, it } from 'vitest';
import { createMemoryJournal } from '../fakes/memory-journal.ts';
import { executeToy, gate, openToyRun, settle, toyKind, toyStep } from './run-toy.ts';

describe('two steps that fail one shortly after the other', () => {
  it('block what needs either, also when the second fails while the first is being written down', async () => {
    const second = gate();
    const memory = createMemoryJournal();
    const journal = {
      ...memory,
      append: async (entry: Parameters<typeof memory.append>[0]) => {
        await memory.append(entry);
        if (entry.type !== 'step-left') return;
        if (entry.stepId === 'after-a') second.reject(toolFailed('build.failed', 'x failed too'));
        await settle();
      },
    };
    const kind = toyKind({
      run: async (input) => {
        if (JSON.stringify(input).includes('"a"')) throw toolFailed('build.failed', 'a failed');
        return second.promise;
      },
    });
    const steps = [
      toyStep('a'),
      toyStep('after-a', { needs: ['a'] }),
      toyStep('also-after-a', { needs: ['a'] }),
      toyStep('x'),
      toyStep('after-x', { needs: ['x'] }),
    ];

    const { report, outcomes } = await executeToy(openToyRun(steps, [kind], { journal }));

    expect(outcomes).toEqual({
      a: 'failed',
      'after-a': 'blocked',
      'also-after-a': 'blocked',
      x: 'failed',
      'after-x': 'blocked',
    });
    expect(report.error).toMatchObject({ message: 'a failed' });
  });
});
