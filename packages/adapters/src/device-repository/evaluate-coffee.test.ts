import { describe, expect, it } from 'vitest';
import { createEvaluateCoffee } from './evaluate-coffee.ts';
import { FileProblem } from './file-problem.ts';

const evaluate = createEvaluateCoffee();

/** What is wrong with the file, as `place message`. */
async function problemOf(text: string): Promise<string> {
  try {
    return `no problem: ${JSON.stringify(await evaluate(text, 'pi.coffee'))}`;
  } catch (error) {
    if (!(error instanceof FileProblem)) throw error;
    return error.problems.map((problem) => `${problem.at} ${problem.message}`).join('\n');
  }
}

describe('createEvaluateCoffee', () => {
  it('gives what the file exports, with its own functions and texts worked out', async () => {
    const text = `
image = (kind) -> "balena-image#{kind}"
module.exports =
	slug: 'pi'
	yocto:
		deployArtifact: image '-flasher'
		list: (x * 2 for x in [1, 2])
	absent: undefined
`;
    expect(await evaluate(text, 'pi.coffee')).toEqual({
      slug: 'pi',
      yocto: { deployArtifact: 'balena-image-flasher', list: [2, 4] },
    });
  });

  it('takes properties that were set on exports', async () => {
    expect(await evaluate("exports.slug = 'pi'\nexports.n = @n = 1", 'pi.coffee')).toEqual({
      slug: 'pi',
      n: 1,
    });
  });

  it('answers the require of the shared groups that device types begin with', async () => {
    const value = await evaluate(
      `
{ networkOptions, commonImg, instructions } = require '@resin.io/device-types/common'
module.exports =
	instructions: commonImg.instructions.concat instructions.FLASHER_WARNING
	options: [ networkOptions.group ]
	initialization: commonImg.initialization
`,
      'pi.coffee',
    );
    expect(value).toMatchObject({
      instructions: expect.arrayContaining([expect.stringContaining('<%= TYPE_NAME %>')]),
      options: [{ isGroup: true, name: 'network' }],
      initialization: { operations: [{ command: 'burn' }] },
    });
  });

  it('does not let one file change what the next one sees', async () => {
    const common = "require('@resin.io/device-types/common')";
    await evaluate(
      `${common}.commonImg = 'spoiled'\nArray.prototype.map = -> 'spoiled'\nmodule.exports = {}`,
      'a.coffee',
    );
    expect(
      await evaluate(`module.exports = [ typeof ${common}.commonImg, [1].map((x) -> x) ]`, 'b.coffee'),
    ).toEqual(['object', [1]]);
  });

  it('answers a text it knows without letting the asker change the answer', async () => {
    const text = 'module.exports = list: [1]';
    const first = await evaluate(text, 'a.coffee');
    Object.assign(Object(first), { list: 'changed' });
    expect(await evaluate(text, 'b.coffee')).toEqual({ list: [1] });
  });

  it('names line, column and text of a syntax error', async () => {
    expect(await problemOf("module.exports =\n  slug: 'pi'\n  name: 'Pi\n")).toBe(
      "pi.coffee:3:9 missing ': name: 'Pi",
    );
  });

  it('names the CoffeeScript line of an error at run time, not that of the compiled text', async () => {
    const text = '###\na comment\n###\nboard = {}\n\nmodule.exports =\n  a: 1\n  b: board.x.y\n';
    expect(await problemOf(text)).toMatch(/^pi\.coffee:8:\d+ TypeError: .*'y' of undefined: b: board\.x\.y$/);
  });

  it.each(['fs', 'node:child_process', './other', '@resin.io/device-types'])(
    'has no module %s',
    async (name) => {
      expect(await problemOf(`x = require '${name}'`)).toContain(
        `osrel evaluates device types isolated; "${name}" is not available`,
      );
    },
  );

  it.each([
    'process',
    'globalThis.process.env',
    'console',
    'fetch',
    'setTimeout',
    'Buffer',
    'std',
    'os',
    'Date.now()',
    'Math.random()',
    "(-> this).constructor('return process')()",
    "new Function('return process')()",
  ])('gives a file no access to %s', async (expression) => {
    expect(await problemOf(`module.exports = value: ${expression}.toString()`)).toMatch(
      /^pi\.coffee.*(not defined|TypeError)/,
    );
  });

  it('ends a file that never ends, and one that takes all memory or stack', async () => {
    expect(await problemOf('loop\n  1')).toContain('it runs without an end');
    expect(await problemOf("x = 'x'\nx += x while true")).toMatch(/out of memory|InternalError/);
    expect(await problemOf('x = []\nx.push(new Array(100000).fill(1)) while true')).toContain(
      'out of memory',
    );
    expect(await problemOf('f = -> f() + 1\nmodule.exports = f()')).toMatch(/stack/);
    expect(await evaluate('module.exports = 1', 'next.coffee')).toBe(1);
  });

  it.each([
    ['module.exports = a: { b: -> 1 }', 'module.exports.a.b is function'],
    ['module.exports = a: [1, undefined]', 'module.exports.a[1] is undefined'],
    ['module.exports = a: 0/0', 'module.exports.a is NaN'],
    ['a = {}\na.a = a\nmodule.exports = a', 'circular'],
    ['module.exports = undefined', 'exports nothing'],
    ["throw 'a text'", 'it throws "a text"'],
    ["throw new Error 'own words'", 'own words'],
  ])('refuses what is no JSON: %j', async (text, message) => {
    expect(await problemOf(text)).toContain(message);
  });
});
