import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { formatKeyPath, placesIn, problemsOfIssues } from './schema-problems.ts';

const schema = z.strictObject({
  name: z.string(),
  sizes: z.array(z.number()),
  build: z.strictObject({ recipe: z.string().min(1, 'must not be empty') }),
});
const problemsOf = (raw: unknown) => {
  const parsed = schema.safeParse(raw);
  const knownKeys = ['name', 'sizes', 'build', 'recipe'];
  return parsed.success
    ? []
    : problemsOfIssues(parsed.error.issues, { at: placesIn('osrel.yml'), knownKeys });
};

describe('problemsOfIssues', () => {
  it('names file and key path of every problem', () => {
    expect(problemsOf({ sizes: [1, 'x'], build: { recipe: '' } })).toEqual([
      { at: 'osrel.yml: name', message: 'missing: needs a string' },
      { at: 'osrel.yml: sizes[1]', message: expect.stringContaining('needs a number') },
      { at: 'osrel.yml: build.recipe', message: 'must not be empty' },
    ]);
  });

  it('makes one problem of each unknown key, with the nearest known one', () => {
    expect(problemsOf({ name: 'a', sizes: [], build: { recipe: 'a', recipie: 1 }, colour: 1 })).toEqual([
      { at: 'osrel.yml: build.recipie', message: 'unknown key "recipie"; did you mean "recipe"?' },
      { at: 'osrel.yml: colour', message: 'unknown key "colour"; known keys: name, sizes, build, recipe' },
    ]);
  });

  it('names only the file for a document of the wrong kind', () => {
    expect(problemsOf('text')).toEqual([
      { at: 'osrel.yml', message: expect.stringContaining('needs an object') },
    ]);
  });
});

describe('formatKeyPath', () => {
  it('quotes keys that are no plain words', () => {
    expect(formatKeyPath(['services', 'a', 'x-build', 'assets', 0])).toBe('services.a.x-build.assets[0]');
    expect(formatKeyPath(['labels', 'io.balena.image.class'])).toBe('labels["io.balena.image.class"]');
    expect(formatKeyPath([0, 'a'])).toBe('[0].a');
  });
});
