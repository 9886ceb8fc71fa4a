import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../config/parse-config.ts';
import { generatedPathsOf } from './generated-paths.ts';

const pathsOf = (document?: unknown) => generatedPathsOf(parseConfig(document, { file: 'osrel.yml' }));
const ALWAYS = ['.osrel/', 'deploy/', 'build/'];

describe('paths that a build generates', () => {
  it('are those of osrel and the usual build folder', () => {
    expect(pathsOf()).toEqual(ALWAYS);
  });

  it.each([
    [{ directory: 'build-pi' }, ['build-pi/']],
    [{ args: ['-b', 'b2'] }, ['b2/']],
    [{ directory: 'build' }, []],
    [{ container: 'docker' }, ['shared/']],
    [{ downloads: 'cache/dl', sstate: './cache/sstate' }, ['cache/']],
    [{ 'sstate-cache': { kind: 'directory', path: 'kept' } }, ['kept/']],
    [{ 'source-mirror': { write: { kind: 'directory', path: 'mirror/src' } } }, ['mirror/']],
    [{ downloads: '/srv/dl', sstate: '../sstate' }, []],
    [{ downloads: 'layers/dl' }, ['layers/dl/']],
    [{ 'sstate-cache': { kind: 's3', bucket: 'abc' } }, []],
  ])('of %j are %j too', (build, paths) => {
    expect(pathsOf({ build })).toEqual([...ALWAYS, ...paths]);
    expect(pathsOf({ machines: { m: { build } } })).toEqual([...ALWAYS, ...paths]);
  });

  it('never are all layers of a repository', () => {
    expect(pathsOf({ build: { downloads: 'layers/dl', container: true } })).not.toContain('layers/');
  });
});
