import { describe, expect, it } from 'vitest';
import { loadCoffeeCompiler } from './compile-coffee.ts';
import { FileProblem } from './file-problem.ts';

const file = (text: string) => ({ text, file: 'pi.coffee' });

async function problemOf(text: string, timeLimitMs?: number): Promise<string> {
  const compiler = await loadCoffeeCompiler(timeLimitMs);
  try {
    return `no problem: ${compiler.compile(file(text)).length}`;
  } catch (error) {
    if (!(error instanceof FileProblem)) throw error;
    return error.problems.map((problem) => `${problem.at} ${problem.message}`).join('\n');
  }
}

describe('loadCoffeeCompiler', () => {
  it.each([
    ['tabs beside spaces', 'module.exports =\n\tlist: [\n\t\t1\n    2\n\t]\n'],
    ['a bare super', 'class A\n  constructor: (@a) ->\nclass B extends A\n  constructor: (a) -> super\n'],
    ['a call before its parent', 'class B extends Object\n  constructor: -> @x = 1\n'],
  ])('compiles %s as upstream does', async (_what, text) => {
    expect(await problemOf(text)).toMatch(/^no problem/);
  });

  it('compiles defaults as upstream does: they stand in for null too', async () => {
    const compiler = await loadCoffeeCompiler();
    expect(compiler.compile(file('f = (x = 1) -> x'))).toContain('x == null');
  });

  it('names line, column and text of a syntax error', async () => {
    expect(await problemOf("module.exports =\n  slug: 'pi'\n  name: 'Pi\n")).toBe(
      "pi.coffee:3:9 missing ': name: 'Pi",
    );
  });

  it('finds the line of a compiled place again', async () => {
    const compiler = await loadCoffeeCompiler();
    const text = '# one\n# two\nx = 1\ny = x.z.a\n';
    const lines = compiler.compile(file(text)).split('\n');
    const line = lines.findIndex((each) => each.includes('x.z.a'));
    expect(compiler.locate(file(text), { line: line + 1, column: 1 })).toMatchObject({ line: 4 });
    expect(compiler.locate(file(text), { line: 99, column: 1 })).toBeUndefined();
  });

  it('ends a compilation that takes too long', async () => {
    const text = Array.from({ length: 10_000 }, (_, index) => `key${index}: [${index}]`).join('\n');
    expect(await problemOf(text, 1)).toBe('pi.coffee it takes too long to compile');
  });

  it('refuses what is nested without end', async () => {
    const brackets = (count: number) => `x = ${'['.repeat(count)}1${']'.repeat(count)}`;
    expect(await problemOf(brackets(3_000), 200)).toMatch(/^pi\.coffee.* (nested too deeply|too long)/);
    expect(await problemOf(brackets(100_000), 100)).toMatch(/^pi\.coffee.* (nested too deeply|too long)/);
  });

  it('refuses what is too long before it takes memory', async () => {
    expect(await problemOf(`x = '${'a'.repeat(300_000)}'`)).toMatch(/^pi\.coffee it is too long/);
  });

  it('leaves the stack traces of the process alone', async () => {
    const before = Object.getOwnPropertyDescriptor(Error, 'prepareStackTrace');
    await loadCoffeeCompiler();
    expect(Object.getOwnPropertyDescriptor(Error, 'prepareStackTrace')).toEqual(before);
  });
});
