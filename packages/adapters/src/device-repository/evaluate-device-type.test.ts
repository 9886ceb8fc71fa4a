import { describe, expect, it } from 'vitest';
import { createEvaluateDeviceType, type EvaluationCache } from './evaluate-device-type.ts';
import { FileProblem } from './file-problem.ts';

const { fromCoffee, fromDocument } = createEvaluateDeviceType();

function evaluate(text: string, file: string): Promise<unknown> {
  return fromCoffee({ text, file, slug: file.replace(/\.\w+$/, '') });
}

const SPIN = 'spin = ->\n\t1 while true\n\treturn\n';
const YOCTO = "yocto: { machine: 'pi', deployArtifact: 'pi.img' }";

/** What is wrong with the file, as `place message`. */
async function problemOf(text: string): Promise<string> {
  try {
    return `no problem: ${JSON.stringify(await evaluate(text, 'pi.coffee'))}`;
  } catch (error) {
    if (!(error instanceof FileProblem)) throw error;
    return error.problems.map((problem) => `${problem.at} ${problem.message}`).join('\n');
  }
}

describe('fromCoffee', () => {
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

  it('builds the manifest of a device type with the published library', async () => {
    const value = await evaluate(
      `
{ networkOptions, commonImg, instructions } = require '@resin.io/device-types/common'
module.exports =
	name: 'Pi'
	state: 'new'
	instructions: [ instructions.EJECT_SD ]
	options: [ networkOptions.group ]
	initialization: commonImg.initialization
	${YOCTO}
`,
      'pi.coffee',
    );
    expect(value).toMatchObject({
      slug: 'pi',
      name: 'Pi (NEW)',
      state: 'NEW',
      instructions: [expect.stringContaining('the Pi.')],
      options: [{ name: 'network' }, { name: 'advanced' }],
      initialization: { operations: [{ command: 'burn' }] },
    });
  });

  it.each(['', '/common', '/common/instructions', '/common/network-options.coffee', '/build', '/index'])(
    'has the module %j of the library',
    async (path) => {
      const text = `module.exports = kind: typeof require '@resin.io/device-types${path}'`;
      expect(await evaluate(text, 'pi.coffee')).toEqual({ kind: path === '/build' ? 'function' : 'object' });
    },
  );

  it.each([
    "machine: 'pi'",
    "deployArtifact: 'pi.img'",
    "machine: 'pi', deployArtifact: 'x' }, state: 7, nothing: {",
    "machine: 'pi', deployArtifact: 'x' }, options: 'none', nothing: {",
  ])('leaves a device type that the library cannot build as it is: %s', async (yocto) => {
    const text = `module.exports = { name: 'Pi', instructions: ['<%= TYPE_NAME %>'], yocto: { ${yocto} } }`;
    expect(await evaluate(text, 'pi.coffee')).toMatchObject({
      name: 'Pi',
      instructions: ['<%= TYPE_NAME %>'],
    });
  });

  it('names the line with a variable that the library does not know', async () => {
    const text = `module.exports =\n\tname: 'Pi'\n\tinstructions: ['Go to <%= NOWHERE %>.']\n\t${YOCTO}\n`;
    expect(await problemOf(text)).toMatch(
      /^pi\.coffee:3:\d+ ReferenceError: '?NOWHERE'? is not defined: instr/,
    );
  });

  it('does not let one file change what the next one sees', async () => {
    const common = "require('@resin.io/device-types/common')";
    await evaluate(
      `${common}.commonImg = 'spoiled'\nArray.prototype.map = JSON.stringify = -> 'spoiled'\nObject.prototype.spoiled = 1\nmodule.exports = {}`,
      'a.coffee',
    );
    expect(
      await evaluate(
        `module.exports = [ typeof ${common}.commonImg, [1].map((x) -> x), {}.spoiled ? 'clean' ]`,
        'b.coffee',
      ),
    ).toEqual(['object', [1], 'clean']);
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

  it.each(['fs', 'node:child_process', './other', 'lodash', '@resin.io/device-types/../x', '__proto__'])(
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
    'require.resolve',
    'module.constructor._load',
    "require('@resin.io/device-types').constructor.constructor('return process')()",
  ])('gives a file no access to %s', async (expression) => {
    expect(await problemOf(`module.exports = value: ${expression}.toString()`)).toMatch(
      /^pi\.coffee.*(not defined|TypeError)/,
    );
  });

  it.each([
    ['loop\n  1', 'it runs without an end'],
    [`${SPIN}module.exports = toJSON: spin`, 'it runs without an end'],
    [`${SPIN}Object.defineProperty exports, 'x', enumerable: true, get: spin`, 'it runs without an end'],
    [`${SPIN}module.exports = new Proxy {}, ownKeys: spin`, 'it runs without an end'],
    [`${SPIN}throw Object.defineProperty new Error('x'), 'message', get: spin`, 'pi.coffee'],
    ['/(a+)+$/.test(new Array(64).join("a") + "b")', 'it runs without an end'],
    ["x = 'x'\nx += x while true", 'InternalError'],
    ['x = []\nx.push(new Array(100000).fill(1)) while true', 'out of memory'],
    ['x = []\nx.push(new Uint8Array(1 << 20)) while true', 'out of memory'],
    ['f = -> f() + 1\nmodule.exports = f()', 'stack'],
    ['x = []\nx = [x] for [0..100000]\nmodule.exports = x', 'stack'],
  ])('ends %j, and goes on with the next file', async (text, message) => {
    expect(await problemOf(text)).toContain(message);
    expect(await evaluate('module.exports = 1', `next-${text.length}.coffee`)).toBe(1);
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

describe('fromDocument', () => {
  it('builds what a YAML or JSON file holds in the same way', async () => {
    const document = {
      name: 'Pi',
      state: 'new',
      instructions: ['<%= TYPE_SLUG %>'],
      yocto: { machine: 'pi', deployArtifact: 'pi.img' },
    };
    const built = await fromDocument(document, { text: 'any', file: 'pi.yml', slug: 'pi' });
    const keys = ['slug', 'name', 'state', 'instructions', 'yocto', 'options'];
    expect(Object.keys(Object(built))).toEqual(keys);
    expect(built).toMatchObject({ slug: 'pi', name: 'Pi (NEW)', instructions: ['pi'] });
  });

  it('does not take values for code', async () => {
    const document = { name: '`}); throw 1 //', ['__proto__']: { x: 1 } };
    expect(await fromDocument(document, { text: '', file: 'x.json', slug: 'x' })).toEqual(document);
  });
});

describe('the cache', () => {
  it('answers for the same text and slug without compiling, and for no other', async () => {
    const kept = new Map<string, string>();
    const cache: EvaluationCache = {
      find: async (key) => kept.get(key),
      keep: async (key, text) => {
        kept.set(key, text);
      },
    };
    const text = `module.exports = { name: 'Pi', ${YOCTO} }`;
    const file = { text, file: 'pi.coffee', slug: 'pi' };
    expect(await createEvaluateDeviceType(cache).fromCoffee(file)).toMatchObject({ slug: 'pi' });
    for (const [key, value] of kept) kept.set(key, value.replace('Pi', 'from the cache'));
    const again = createEvaluateDeviceType(cache);
    expect(await again.fromCoffee(file)).toMatchObject({ name: 'from the cache' });
    expect(await again.fromCoffee({ ...file, slug: 'other' })).toMatchObject({ slug: 'other', name: 'Pi' });
  });
});
