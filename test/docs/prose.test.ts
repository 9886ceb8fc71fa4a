import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from 'vitest';
import { anchorsOf, ROOT, readProse, readProseFile } from './checkout-files.ts';

const prose = readProse();

/** Names of the top level that a path in prose starts with. */
const PATH = /^(?:packages|test|scripts|docs|schemas|examples|bench)\/[\w./*<>,{}-]+$/;

function linksOf(text: string): readonly string[] {
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)]
    .map((match) => match[1] ?? '')
    .filter((to) => !/^[a-z]+:/.test(to));
}

/** `a/{b,c}/x-*.ts` up to the first part that stands for several. */
function certainPart(path: string): string {
  const parts = path.split('/');
  const open = parts.findIndex((part) => /[*<{…]/.test(part));
  return (open === -1 ? parts : parts.slice(0, open)).join('/');
}

describe.each(prose)('$path', ({ path, text }) => {
  it('links to what exists', () => {
    const broken = linksOf(text).filter((link) => {
      const [file = '', anchor] = link.split('#');
      const target = file === '' ? path : normalize(join(dirname(path), file));
      if (!existsSync(join(ROOT, target))) return true;
      return anchor !== undefined && !anchorsOf(readFileSync(join(ROOT, target), 'utf8')).has(anchor);
    });
    expect(broken).toEqual([]);
  });

  it('names paths that exist', () => {
    const named = [...text.matchAll(/`([^`\n]+)`/g)]
      .map((match) => match[1] ?? '')
      .filter((each) => PATH.test(each));
    expect(named.filter((each) => !existsSync(join(ROOT, certainPart(each))))).toEqual([]);
  });

  it("names no path of anybody's machine", () => {
    expect(text).not.toMatch(/\/(?:work|home|root)\/\w/);
  });
});

it.each([
  ['README.md', 119],
  ['ARCHITECTURE.md', 200],
])('%s has at most %i lines', (path, most) => {
  const found = prose.find((each) => each.path === path);
  expect(found?.lines ?? 0).toBeLessThanOrEqual(most);
});

describe('ARCHITECTURE.md', () => {
  const { text } = readProseFile('ARCHITECTURE.md');
  const tree = /^## The tree$[^`]*```text\n([\s\S]*?)```/m.exec(text)?.[1] ?? '';
  const folders = ['core', 'adapters', 'cli'].flatMap((name) =>
    readdirSync(join(ROOT, 'packages', name, 'src'), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => entry.name),
  );
  const tests = readdirSync(join(ROOT, 'test'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name !== 'node_modules')
    .map((entry) => entry.name);

  it.each([...new Set([...folders, ...tests])])('shows the folder %s', (name) => {
    expect(tree).toMatch(new RegExp(`(?<![\\w-])${name}/`));
  });

  it('tells a release by the step ids of a real plan', () => {
    const plan = JSON.parse(
      readFileSync(join(ROOT, 'test/scenarios/release-runs-its-tests-first/plan.json'), 'utf8'),
    ) as { readonly steps: readonly { readonly id: string }[] };
    expect(plan.steps.map((step) => step.id).filter((id) => !text.includes(`\`${id}\``))).toEqual([]);
  });
});

describe('CONTRIBUTING.md', () => {
  it('names every npm script, and only those', () => {
    const { text } = readProseFile('CONTRIBUTING.md');
    const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
      readonly scripts: Readonly<Record<string, string>>;
    };
    const named = [
      ...text.matchAll(/npm (?:run )?((?:setup|demo|test|check|format|docs|build|bench)(?::[a-z]+)?)\b/g),
    ];
    expect([...new Set(named.map((match) => match[1]))].sort()).toEqual(Object.keys(scripts).sort());
  });
});

describe('decisions', () => {
  const pages = prose.filter(({ path }) => path.startsWith('docs/decisions/'));

  it('are numbered without a gap', () => {
    const numbers = pages.map(({ path }) => Number(/\/(\d{4})-[a-z0-9-]+\.md$/.exec(path)?.[1]));
    expect(numbers).toEqual(pages.map((_, index) => index + 1));
  });

  it.each(pages)('$path has context, decision and consequences on at most 60 lines', ({ text, lines }) => {
    expect(text.match(/^## .+$/gm)).toEqual(['## Context', '## Decision', '## Consequences']);
    expect(lines).toBeLessThanOrEqual(60);
  });
});

describe('docs/systems/balena-os.md', () => {
  const { text } = readProseFile('docs/systems/balena-os.md');

  it('answers every known weakness of the old workflow once', () => {
    const rows = [...text.matchAll(/^\| (W\d+) \|/gm)].map((match) => match[1]);
    expect(rows).toEqual(Array.from({ length: 45 }, (_, index) => `W${index + 1}`));
  });

  it('says which weaknesses are answered, and where', () => {
    const rows = text.split('\n').filter((line) => /^\| W\d+ \|/.test(line));
    const vague = rows.filter((row) => / \| answered \| /.test(row) && !/`(?:packages|test)\//.test(row));
    expect(vague).toEqual([]);
    expect(rows.filter((row) => !/ \| (?:answered|partly|planned|not applicable) \| /.test(row))).toEqual([]);
  });

  it('names only refusals that exist', () => {
    const known = readProseFile('docs/reference/errors.md').text;
    const chapter = text.slice(text.indexOf('## What refusals protect from'), text.indexOf('## Weaknesses'));
    const codes = [...chapter.matchAll(/^\| `([^`]+)` \|/gm)].map((match) => match[1] ?? '');
    expect(codes.length).toBeGreaterThan(10);
    expect(codes.filter((code) => !known.includes(`\`${code}\``))).toEqual([]);
  });
});
