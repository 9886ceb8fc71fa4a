import { describe, expect, it } from 'vitest';
import { createIsolate } from './isolated-script.ts';
import { readDeviceTypeLibrary } from './read-device-type-library.ts';

const library = readDeviceTypeLibrary();

async function run(source: string) {
  const isolate = await createIsolate(await library);
  return { result: isolate.run({ source, file: 'pi.coffee', slug: 'pi' }), isolate };
}

describe('createIsolate', () => {
  it('gives the manifest as JSON text', async () => {
    const { result, isolate } = await run('exports.yocto = { machine: "m", deployArtifact: "d" };');
    expect(result.kind === 'built' && JSON.parse(result.text)).toMatchObject({ slug: 'pi', options: [{}] });
    expect(isolate.isFresh()).toBe(true);
  });

  it('puts everything back that a script changed', async () => {
    const { isolate } = await run('globalThis.left = 1; Object.freeze(Array.prototype);');
    const source =
      'exports.left = typeof left; exports.frozen = Object.isFrozen(Array.prototype); exports.list = [1].concat(2);';
    expect(isolate.run({ source, file: 'b.coffee', slug: 'b' })).toEqual({
      kind: 'built',
      text: '{"left":"undefined","frozen":false,"list":[1,2]}',
    });
  });

  it.each([
    'const all = []; while (true) all.push(new Uint8Array(1 << 16));',
    'const all = []; while (true) all.push(new Array(100000).fill(1));',
  ])('never takes more than 48 MB, and is used up then: %s', async (source) => {
    const { result, isolate } = await run(source);
    expect(result).toMatchObject({ kind: 'thrown', message: expect.stringContaining('memory') });
    expect(isolate.isFresh()).toBe(false);
    expect(isolate.sizeBytes()).toBeLessThanOrEqual(48 * 1024 * 1024);
  });

  it('has neither clock nor chance, also through the library', async () => {
    const source = `
      const { buildManifest } = require('@resin.io/device-types');
      const line = '<%= typeof Date %> <%= typeof Math.random %> <%= typeof require %> <%= typeof process %>';
      const yocto = { machine: 'm', deployArtifact: 'd' };
      module.exports = buildManifest({ instructions: [line], yocto }, 'x').instructions;`;
    expect((await run(source)).result).toEqual({
      kind: 'built',
      text: '["undefined undefined undefined undefined"]',
    });
  });

  it('tells what a script throws, whatever it is', async () => {
    expect((await run('throw null')).result).toMatchObject({ message: 'it throws null' });
    expect((await run('throw new Proxy({}, {})')).result.kind).toBe('thrown');
    expect((await run('null.x')).result).toMatchObject({ stack: expect.stringContaining('(pi.coffee:2:') });
  });
});
