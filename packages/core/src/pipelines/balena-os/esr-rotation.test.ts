import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OsrelError } from '../../errors/osrel-error.ts';
import { compareEsrLines, parseEsrLine } from '../../model/esr-line.ts';
import { type EsrRotation, type EsrTags, remainingEsrChanges } from '../../model/esr-tags.ts';
import { type EsrVersion, isEsrVersion, parseOsVersion } from '../../model/os-version.ts';
import { planEsrRotation } from './esr-rotation.ts';

const NO_TAGS: EsrTags = { next: null, current: null, sunset: null };

function esr(text: string): EsrVersion {
  const version = parseOsVersion(text);
  if (!isEsrVersion(version)) throw new Error(`${text} is no ESR version`);
  return version;
}

/** "2022.10 2022.7 2022.4" -> next, current, sunset; "-" for absent. */
function tags(text: string): EsrTags {
  const [next, current, sunset] = text.split(' ').map((value) => (value === '-' ? null : `${value}.x`));
  return { next: next ?? null, current: current ?? null, sunset: sunset ?? null };
}

const plan = (before: EsrTags, version: string) => planEsrRotation(before, esr(version));
const after = (before: string, version: string) => plan(tags(before), version).after;

function errorOf(action: () => unknown): OsrelError {
  try {
    action();
  } catch (error) {
    if (error instanceof OsrelError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

function release(versions: readonly string[]): EsrTags {
  return versions.reduce((now, version) => plan(now, version).after, NO_TAGS);
}

function applied(rotation: EsrRotation, count: number): EsrTags {
  const writes = rotation.changes.slice(0, count).map(({ tag, to }) => [tag, to] as const);
  return { ...rotation.before, ...Object.fromEntries(writes) };
}

describe('the worked example of a new fleet', () => {
  it.each([
    ['2022.1.0', '- 2022.1 -'],
    ['2022.4.0', '2022.4 2022.1 -'],
    ['2022.4.1', '2022.4 2022.1 -'],
    ['2022.7.0', '2022.7 2022.4 2022.1'],
    ['2022.10.0', '2022.10 2022.7 2022.4'],
    ['2022.10.1', '2022.10 2022.7 2022.4'],
    ['2023.1.0', '2023.1 2022.10 2022.7'],
  ])('up to %s gives next, current, sunset %s', (last, expected) => {
    const all = ['2022.1.0', '2022.4.0', '2022.4.1', '2022.7.0', '2022.10.0', '2022.10.1', '2023.1.0'];
    expect(release(all.slice(0, all.indexOf(last) + 1))).toEqual(tags(expected));
  });

  it('passes over quarters without a release', () => {
    expect(release(['2025.1.0', '2025.4.0', '2025.7.0', '2026.1.0'])).toEqual(tags('2026.1 2025.7 2025.4'));
  });
});

describe('a new line', () => {
  it('becomes current in an empty fleet', () => {
    expect(plan(NO_TAGS, '2022.1.0')).toMatchObject({
      outcome: 'rotate',
      changes: [{ tag: 'current', from: null, to: '2022.1.x' }],
      because: expect.stringContaining('no current line'),
    });
  });

  it('becomes next beside a lone current line', () => {
    expect(plan(tags('- 2022.1 -'), '2022.4.0').changes).toEqual([
      { tag: 'next', from: null, to: '2022.4.x' },
    ]);
  });

  it('makes the first sunset line when there was none', () => {
    expect(after('2022.4 2022.1 -', '2022.7.0')).toEqual(tags('2022.7 2022.4 2022.1'));
  });

  it('is written in the order sunset, current, next, with before and after', () => {
    const before = tags('2022.10 2022.7 2022.4');
    expect(plan(before, '2023.1.0')).toEqual({
      before,
      after: tags('2023.1 2022.10 2022.7'),
      changes: [
        { tag: 'sunset', from: '2022.4.x', to: '2022.7.x' },
        { tag: 'current', from: '2022.7.x', to: '2022.10.x' },
        { tag: 'next', from: '2022.10.x', to: '2023.1.x' },
      ],
      because: '2023.1.x is newer than the next line 2022.10.x',
      outcome: 'rotate',
    });
  });

  it('rotates when only the patch release of it is the first to come', () => {
    expect(after('2022.10 2022.7 2022.4', '2023.1.3')).toEqual(tags('2023.1 2022.10 2022.7'));
  });

  it('becomes current below a next line that is newer, and refuses when it is not', () => {
    expect(after('2022.7 - -', '2022.4.0')).toEqual(tags('2022.7 2022.4 -'));
    expect(errorOf(() => plan(tags('2022.7 - -'), '2022.10.0')).code).toBe('esr.tags-inconsistent');
    expect(errorOf(() => plan(tags('2022.7 - 2022.4'), '2022.1.0')).code).toBe('esr.tags-inconsistent');
  });
});

describe('what moves no tag, where the reference moved them (W8)', () => {
  it.each([
    ['a patch before any next line', '- 2022.1 -', '2022.1.1', 'current already'],
    ['a patch of the current line', '2022.10 2022.7 2022.4', '2022.7.3', 'current already'],
    ['a patch of the current line (a)', '2026.1 2025.7 2025.4', '2025.7.1', 'current already'],
    ['a patch of the sunset line (b)', '2026.1 2025.7 2025.4', '2025.4.2', 'sunset already'],
    ['a patch of the next line', '2026.1 2025.7 2025.4', '2026.1.9', 'next already'],
    ['a padded patch', '2022.10 2022.7 2022.4', '2022.07.3', 'current already'],
    ['a backport to a forgotten line', '2022.10 2022.7 2022.4', '2022.1.5', 'a backport'],
    ['a backport in a young fleet', '- 2022.4 -', '2022.1.5', 'a backport'],
    [
      'a patch while next and current are the same (c)',
      '2022.1 2022.1 -',
      '2022.1.2',
      'next and current already',
    ],
  ])('%s', (_, before, version, because) => {
    const rotation = plan(tags(before), version);
    expect(rotation).toMatchObject({
      outcome: 'unchanged',
      changes: [],
      before: tags(before),
      after: tags(before),
    });
    expect(rotation.because).toContain(because);
  });

  it('leaves padded values alone when the line is the same', () => {
    const before = { next: '2022.07.x', current: '2022.04.x', sunset: '2022.01.x' };
    expect(plan(before, '2022.7.1').after).toEqual(before);
  });
});

describe('tags that no rule fits', () => {
  it.each(['', ' ', '2022.1', '2022.1.0', 'null', 'undefined', '2022.13.x', 'v2022.1.x'])(
    'refuses the value %j',
    (value) => {
      for (const tag of ['next', 'current', 'sunset'] as const) {
        const error = errorOf(() => plan({ ...tags('2022.10 2022.7 2022.4'), [tag]: value }, '2023.1.0'));
        expect(error).toMatchObject({ kind: 'refused', code: 'esr.tags-inconsistent' });
        expect(error.problems).toEqual([
          { at: `esr-${tag}`, message: expect.stringContaining(JSON.stringify(value)) },
        ]);
      }
    },
  );

  it('refuses malformed tags even for a patch, all of them at once', () => {
    const error = errorOf(() => plan({ next: '', current: '2022.7.x', sunset: 'x' }, '2022.7.1'));
    expect(error.problems.map((problem) => problem.at)).toEqual(['esr-next', 'esr-sunset']);
  });

  it.each([
    ['a sunset line without a next line', '- 2022.4 2022.1', '2022.7.0'],
    ['a line between current and next', '2022.7 2022.1 -', '2022.4.0'],
    ['next older than current', '2022.7 2022.10 2022.7', '2023.1.0'],
    ['sunset newer than current', '2022.10 2022.4 2022.7', '2023.1.0'],
  ])('refuses %s', (_, before, version) => {
    const error = errorOf(() => plan(tags(before), version));
    expect(error).toMatchObject({
      kind: 'refused',
      code: 'esr.tags-inconsistent',
      details: { tags: tags(before) },
    });
  });
});

describe('a rotation that was cut short', () => {
  const original = tags('2022.10 2022.7 2022.4');
  const rotation = plan(original, '2023.1.0');

  it.each([0, 1, 2, 3])('after %i of its writes has just the others due', (count) => {
    const due = remainingEsrChanges(rotation, applied(rotation, count));
    expect(due).toEqual(rotation.changes.slice(count));
  });

  it.each([0, 1, 2])(
    'and planned anew from the tags as they are after %i writes ends at the same place',
    (count) => {
      expect(plan(applied(rotation, count), '2023.1.0').after).toEqual(rotation.after);
    },
  );

  it('keeps the older line when the gap is closed by a newer one', () => {
    expect(plan(tags('2022.10 2022.10 2022.7'), '2023.1.0').because).toContain(
      'stopped before its last write',
    );
    expect(after('2022.1 2022.1 -', '2022.4.0')).toEqual(tags('2022.4 2022.1 -'));
  });

  it('takes padding in the tags for the same value', () => {
    const padded = { next: '2022.10.x', current: '2022.07.x', sunset: '2022.07.x' };
    expect(remainingEsrChanges(rotation, padded).map((change) => change.tag)).toEqual(['current', 'next']);
    expect(remainingEsrChanges(rotation, padded)[0]?.from).toBe('2022.07.x');
  });

  it.each([
    ['next', '2022.4.x'],
    ['current', null],
    ['sunset', '2023.1.x'],
    ['sunset', 'nonsense'],
  ] as const)('refuses when %s is %j: neither before nor after', (tag, value) => {
    const error = errorOf(() => remainingEsrChanges(rotation, { ...original, [tag]: value }));
    expect(error).toMatchObject({
      kind: 'conflict',
      code: 'esr.tags-moved',
      problems: [{ at: `esr-${tag}` }],
    });
  });

  it('says what each moved tag is and was expected to be', () => {
    const first = plan(NO_TAGS, '2022.1.0');
    const error = errorOf(() => remainingEsrChanges(first, { ...NO_TAGS, current: '2022.4.x' }));
    expect(error.problems[0]?.message).toBe('is 2022.4.x; expected absent or 2022.1.x');
    expect(error.message).toContain('next absent, current 2022.4.x, sunset absent');
  });

  it('refuses a change of a tag that the rotation does not touch', () => {
    const first = plan(NO_TAGS, '2022.1.0');
    expect(errorOf(() => remainingEsrChanges(first, { ...NO_TAGS, sunset: '2021.10.x' })).code).toBe(
      'esr.tags-moved',
    );
  });

  it('has nothing due when nothing was to change', () => {
    expect(remainingEsrChanges(plan(original, '2022.7.1'), original)).toEqual([]);
  });
});

describe('whatever is released', () => {
  const newLines = fc
    .uniqueArray(
      fc.record({ year: fc.integer({ min: 2020, max: 2031 }), month: fc.constantFrom(1, 4, 7, 10) }),
      {
        minLength: 1,
        maxLength: 12,
        selector: ({ year, month }) => `${year}.${month}`,
      },
    )
    .map((lines) => lines.toSorted(compareEsrLines).map(({ year, month }) => `${year}.${month}`));

  it('keeps next newer than current newer than sunset', () => {
    fc.assert(
      fc.property(newLines, (lines) => {
        const { next, current, sunset } = release(lines.map((line) => `${line}.0`));
        const present = [next, current, sunset].filter((value) => value !== null).map(parseEsrLine);
        expect(present).toHaveLength(Math.min(lines.length, 3));
        for (const [index, line] of present.slice(1).entries()) {
          expect(compareEsrLines(present[index] ?? line, line)).toBe(1);
        }
      }),
    );
  });

  it('changes nothing for a patch of any line that was released, at any time', () => {
    fc.assert(
      fc.property(newLines, fc.nat(), fc.integer({ min: 1, max: 30 }), (lines, pick, patch) => {
        const now = release(lines.map((line) => `${line}.0`));
        const line = lines[pick % lines.length];
        const rotation = plan(now, `${line}.${patch}`);
        expect(rotation.outcome).toBe('unchanged');
        expect(rotation.after).toEqual(now);
      }),
    );
  });

  it('ends at the same tags after a stop at any write', () => {
    fc.assert(
      fc.property(newLines, fc.nat({ max: 3 }), (lines, count) => {
        const before = release(lines.slice(0, -1).map((line) => `${line}.0`));
        const rotation = plan(before, `${lines.at(-1)}.0`);
        const stopped = applied(rotation, count);
        const due = remainingEsrChanges(rotation, stopped);
        expect({ ...stopped, ...Object.fromEntries(due.map(({ tag, to }) => [tag, to])) }).toEqual(
          rotation.after,
        );
      }),
    );
  });
});
