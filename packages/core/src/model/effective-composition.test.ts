import { describe, expect, it } from 'vitest';
import { OsrelError } from '../errors/osrel-error.ts';
import {
  type CompositionFiles,
  DEFAULT_HOSTAPP_ASSETS,
  effectiveComposition,
} from './effective-composition.ts';

const hostapp = { image: '__BUILD_OUTPUT__', 'x-build': {}, labels: { 'io.balena.image.class': 'hostapp' } };
const tools = { image: '__BUILD_OUTPUT__', 'x-build': { recipe: 'hostos-tools' } };

const base = (services: unknown) => ({ base: { file: 'hostapp.yml', document: { services } } });
const overlay = (services: unknown) => ({ overlay: { file: 'pi.hostapp.yml', document: { services } } });

function errorOf(files: CompositionFiles): OsrelError {
  try {
    effectiveComposition(files);
  } catch (error) {
    if (error instanceof OsrelError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('effectiveComposition', () => {
  it('is generated when the repository has no file', () => {
    const { composition, origins, optedOut } = effectiveComposition({});
    expect(composition).toEqual({
      version: '2.4',
      services: {
        hostapp: {
          image: '__BUILD_OUTPUT__',
          'x-build': { assets: DEFAULT_HOSTAPP_ASSETS },
          labels: {
            'io.balena.image.store': 'root',
            'io.balena.image.class': 'hostapp',
            'io.balena.update.requires-reboot': '1',
            'io.balena.private.hostapp.board-rev': '__DEVICE_REPO_REV__',
          },
        },
      },
    });
    expect(origins['services.hostapp.image']).toBe('generated');
    expect(origins['services.hostapp.x-build.assets']).toBe('injected');
    expect(optedOut).toEqual([]);
  });

  it.each([
    ['the base alone', base({ hostapp, tools }), 'base'],
    ['the overlay alone', overlay({ hostapp, tools }), 'overlay'],
  ])('is %s when only that exists', (_, files, origin) => {
    const { composition, origins } = effectiveComposition(files);
    expect(Object.keys(composition.services)).toEqual(['hostapp', 'tools']);
    expect(origins['services.tools.x-build.recipe']).toBe(origin);
  });

  it('is the overlay over the base when both exist', () => {
    const files = { ...base({ hostapp, tools }), ...overlay({ tools: { 'x-build': { recipe: 'mine' } } }) };
    const { composition, origins } = effectiveComposition(files);
    expect(composition.services.tools?.['x-build']).toEqual({ recipe: 'mine' });
    expect(origins['services.tools.x-build.recipe']).toBe('overlay');
    expect(origins['services.tools.image']).toBe('base');
  });

  it('leaves out a service that the overlay opts out of, with its origins', () => {
    const result = effectiveComposition({ ...base({ hostapp, tools }), ...overlay({ tools: null }) });
    expect(Object.keys(result.composition.services)).toEqual(['hostapp']);
    expect(result.optedOut).toEqual(['tools']);
    expect(Object.keys(result.origins).filter((key) => key.includes('tools'))).toEqual([]);
  });

  it('gives the default assets to a hostapp of any name that lists none', () => {
    const { composition, origins } = effectiveComposition(
      base({ core: { ...hostapp, 'x-build': { assets: [] } }, tools }),
    );
    expect(composition.services.core?.['x-build']?.assets).toEqual(DEFAULT_HOSTAPP_ASSETS);
    expect(origins['services.core.x-build.assets']).toBe('injected');
    expect(composition.services.tools?.['x-build']?.assets).toBeUndefined();
  });

  it.each([
    ['null', { 'x-build': null }],
    ['missing', {}],
  ])('injects nothing into a hostapp whose x-build is %s, and says that it is not built', (_, build) => {
    const { labels } = hostapp;
    const error = errorOf(base({ hostapp: { image: 'registry/os:1', labels, ...build }, tools }));
    expect(error.problems).toEqual([
      { at: 'hostapp.yml: services.hostapp.x-build', message: expect.stringContaining('not built') },
    ]);
  });

  it('keeps the assets that a hostapp lists', () => {
    const { composition } = effectiveComposition(
      base({ hostapp: { ...hostapp, 'x-build': { assets: ['licenses/**'] } } }),
    );
    expect(composition.services.hostapp?.['x-build']?.assets).toEqual(['licenses/**']);
  });

  it('passes the way lists merge on', () => {
    const own = { ...hostapp, 'x-build': { assets: ['a', 'b'] } };
    const files = { ...base({ hostapp: own }), ...overlay({ hostapp: { 'x-build': { assets: ['c'] } } }) };
    const byIndex = effectiveComposition({ ...files, mergeArrays: 'by-index' });
    expect(byIndex.composition.services.hostapp?.['x-build']?.assets).toEqual(['c', 'b']);
    expect(effectiveComposition(files).composition.services.hostapp?.['x-build']?.assets).toEqual(['c']);
  });

  it('reports malformed keys of both files at once', () => {
    const error = errorOf({
      ...base({ hostapp: { 'x-build': { recip: 'a' } } }),
      ...overlay({ tools: { image: 7 } }),
    });
    expect(error).toMatchObject({ kind: 'config', code: 'composition.malformed' });
    expect(error.problems.map((problem) => problem.at)).toEqual([
      'hostapp.yml: services.hostapp.x-build.recip',
      'pi.hostapp.yml: services.tools.image',
    ]);
  });

  it('reports broken rules all at once, at the file that wrote the value', () => {
    const files = {
      ...base({ hostapp, tools: { image: 'registry/tools:1' } }),
      ...overlay({ tools: { 'x-build': { recipe: 'x' } }, more: { image: '__BUILD_OUTPUT__' } }),
    };
    const error = errorOf(files);
    expect(error.code).toBe('composition.invalid');
    expect(error.problems.map((problem) => problem.at)).toEqual([
      'hostapp.yml: services.tools.image',
      'pi.hostapp.yml: services.more.x-build',
    ]);
  });

  it('refuses a composition that opts out of everything', () => {
    const error = errorOf({ ...base({ hostapp }), ...overlay({ hostapp: null }) });
    expect(error.problems).toEqual([
      { at: 'pi.hostapp.yml: services', message: expect.stringContaining('no services') },
    ]);
  });

  it('refuses an empty document', () => {
    expect(errorOf({ base: { file: 'hostapp.yml', document: null } }).code).toBe('composition.invalid');
  });
});
