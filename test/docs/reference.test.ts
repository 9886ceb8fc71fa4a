import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { listPages } from '../../scripts/docs/list-pages.ts';
import { listParserCodes } from '../../scripts/docs/list-parser-codes.ts';
import { readProductSources } from '../../scripts/docs/product-sources.ts';
import { findAmbiguousCodes, scanErrors } from '../../scripts/docs/scan-errors.ts';
import {
  BUILD_VARIABLES,
  LAB_VARIABLES,
  MACHINE_IMAGE_VARIABLES,
  PROGRAM_VARIABLES,
  READ_VARIABLES,
} from '../../scripts/docs/variables.ts';
import { ROOT } from './checkout-files.ts';

const pages = listPages(ROOT);

describe('the generated reference', () => {
  it.each(pages.map((page) => page.path))('%s is what npm run docs makes today (W45)', (path) => {
    const page = pages.find((each) => each.path === path);
    expect(readFileSync(join(ROOT, path), 'utf8')).toBe(page?.text);
  });

  it('comes out the same twice', () => {
    expect(listPages(ROOT)).toEqual(pages);
  });

  it('has no page that nothing makes', () => {
    const made = pages.map((page) => page.path);
    const there = ['docs/reference', 'schemas'].flatMap((folder) =>
      readdirSync(join(ROOT, folder)).map((name) => `${folder}/${name}`),
    );
    expect(there.sort()).toEqual([...made].sort());
  });

  it('says of every page how it is made', () => {
    const silent = pages.filter(
      (page) => page.path.endsWith('.md') && !page.text.includes('made by: npm run docs'),
    );
    expect(silent.map((page) => page.path)).toEqual([]);
  });
});

describe('error codes', () => {
  const places = [...scanErrors(ROOT), ...listParserCodes()];

  it('have one kind each, so that a code tells the exit code', () => {
    expect(findAmbiguousCodes(places)).toEqual([]);
  });

  it('are a family, a dot and words with dashes', () => {
    const odd = places.filter(({ code }) => !/^[a-z][a-z0-9-]*\.[a-z][a-z0-9-]*$/.test(code));
    expect(odd.map(({ code, path }) => `${code} in ${path}`)).toEqual([]);
  });
});

describe('environment variables', () => {
  const sources = readProductSources(ROOT)
    .map((source) => source.text)
    .join('\n');

  const known = [
    ...READ_VARIABLES,
    ...PROGRAM_VARIABLES,
    ...BUILD_VARIABLES,
    ...LAB_VARIABLES,
    ...MACHINE_IMAGE_VARIABLES,
  ].map(([name]) => name);

  it.each(known)('%s is used', (name) => {
    expect(sources).toMatch(new RegExp(`\\b${name}\\b`));
  });

  it('are all on the page', () => {
    const named = [...sources.matchAll(/\b(?:OSREL|GITHUB)_[A-Z][A-Z_]*[A-Z]\b/g)].map((match) => match[0]);
    expect([...new Set(named)].filter((name) => !known.includes(name))).toEqual([]);
  });
});
