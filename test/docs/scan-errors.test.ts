import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { findAmbiguousCodes, scanErrors } from '../../scripts/docs/scan-errors.ts';
import { findCalls } from '../../scripts/docs/source-scanner.ts';

const folders: string[] = [];
afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
});

/** A checkout whose core has one file. */
async function checkoutWith(text: string, name = 'thing.ts'): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'osrel-docs-'));
  folders.push(root);
  for (const each of ['core', 'adapters', 'cli'])
    await mkdir(join(root, 'packages', each, 'src'), { recursive: true });
  await writeFile(join(root, 'packages/core/src', name), text);
  return root;
}

describe('the scan for errors', () => {
  it('reads code, kind and message, values as names', async () => {
    const root = await checkoutWith(
      `throw refused('source.dirty', \`the tree \${trigger.tag} has \${dirty.slice(0, 5).join(', ')}\`, { hint: 'x' });`,
    );
    expect(scanErrors(root)).toEqual([
      {
        code: 'source.dirty',
        kind: 'refused',
        message: 'the tree <tag> has <dirty>',
        path: 'packages/core/src/thing.ts',
      },
    ]);
  });

  it('reads both codes of a choice, and of a constant above', async () => {
    const root = await checkoutWith(`
      function fail(full: boolean) {
        const code = full ? 'disk.full' : 'disk.refused';
        return toolFailed(code, 'no room');
      }
      throw badUsage(isIn ? 'a.one' : 'a.two', 'x');`);
    expect(scanErrors(root).map(({ code, kind }) => `${code} ${kind}`)).toEqual([
      'a.one usage',
      'a.two usage',
      'disk.full tool',
      'disk.refused tool',
    ]);
  });

  it('follows a function that is given the code', async () => {
    const root = await checkoutWith(`
      throw unknownWord('step.unknown', \`no step "\${step}"\`, { word });
      export function unknownWord(
        code: string,
        message: string,
        { word }: { readonly word: string },
      ) {
        return badUsage(code, message, { hint: word });
      }`);
    expect(scanErrors(root)).toEqual([
      {
        code: 'step.unknown',
        kind: 'usage',
        message: 'no step "<step>"',
        path: 'packages/core/src/thing.ts',
      },
    ]);
  });

  it('does not take a function of another file for the one that is given the code', async () => {
    const root = await checkoutWith(`
      throw broken('image.torn', 'x');
      function broken(code: string, message: string) {
        return integrityBroken(code, message);
      }`);
    await writeFile(
      join(root, 'packages/core/src/other.ts'),
      `throw broken(key, 'y');
      function broken(key: string, message: string) {
        return integrityBroken('ledger.torn', message);
      }`,
    );
    expect(scanErrors(root).map(({ code }) => code)).toEqual(['image.torn', 'ledger.torn']);
  });

  it('refuses to leave out a code that it cannot read', async () => {
    const root = await checkoutWith('throw badConfig(codes[0], `x`);');
    expect(() => scanErrors(root)).toThrow('packages/core/src/thing.ts: the code of an error cannot be read');
  });

  it('leaves tests, comments and errors that are passed on alone', async () => {
    const root = await checkoutWith(
      "// throw refused('a.b', 'x')\nthrow new OsrelError(error.kind, error.code, error.message);",
    );
    await writeFile(join(root, 'packages/core/src/thing.test.ts'), "throw refused('c.d', 'x');");
    expect(scanErrors(root)).toEqual([]);
  });

  it('finds a code that is used with two kinds', async () => {
    const root = await checkoutWith("refused('a.b', 'x'); badUsage('a.b', 'y'); badUsage('a.c', 'z');");
    expect(findAmbiguousCodes(scanErrors(root))).toEqual([
      'a.b: refused in packages/core/src/thing.ts, usage in packages/core/src/thing.ts',
    ]);
  });
});

describe('the scan for calls', () => {
  it.each([
    ["f('a, b', c)", ["'a, b'", 'c']],
    [`f(\`\${g(1, 2)}\`, [3, 4])`, [`\`\${g(1, 2)}\``, '[3, 4]']],
    ["f(x.replace(/[)'/]/g, ''), y)", ["x.replace(/[)'/]/g, '')", 'y']],
    ['f(a /* , b */, c)', ['a', 'c']],
    ['f()', []],
  ])('splits the arguments of %s', (text, found) => {
    expect(findCalls(text, ['f']).map((call) => call.arguments)).toEqual([found]);
  });

  it('takes no declaration, member or longer name for a call', () => {
    expect(findCalls('function f(a) {} x.f(1); of(2); // f(3)', ['f'])).toEqual([]);
  });
});
