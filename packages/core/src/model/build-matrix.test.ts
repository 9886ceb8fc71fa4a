import { describe, expect, it } from 'vitest';
import { buildMatrixOf, imageArchiveName } from './build-matrix.ts';
import { effectiveComposition } from './effective-composition.ts';

describe('buildMatrixOf', () => {
  it('has one entry for each service that is built', () => {
    const composition = {
      services: {
        hostapp: { image: '__BUILD_OUTPUT__', 'x-build': {}, labels: { 'io.balena.image.class': 'hostapp' } },
        registry: { image: 'registry/x:1', 'x-build': null },
        plain: { image: 'registry/y:1' },
        gone: null,
        tools: {
          image: '__BUILD_OUTPUT__',
          'x-build': {
            recipe: 'hostos-tools',
            build_args: ['-a', 'TOOLS=1'],
            assets: ['images/__MACHINE__/hostos-tools.manifest', 'licenses/__MACHINE__-__MACHINE__.txt'],
          },
        },
      },
    };
    expect(buildMatrixOf(composition, 'pi4')).toEqual([
      {
        service: 'hostapp',
        imageOutput: 'balena-image-pi4.docker',
        buildArguments: [],
        assets: [],
        imageClass: 'hostapp',
      },
      {
        service: 'tools',
        recipe: 'hostos-tools',
        imageOutput: 'hostos-tools-pi4.docker',
        buildArguments: ['-a', 'TOOLS=1'],
        assets: [
          { pattern: 'images/pi4/hostos-tools.manifest', required: true },
          { pattern: 'licenses/pi4-pi4.txt', required: false },
        ],
        imageClass: 'overlay',
      },
    ]);
  });

  it('requires of the default hostapp assets only the two versions by name', () => {
    const [hostapp] = buildMatrixOf(effectiveComposition({}).composition, 'pi4');
    const required = hostapp?.assets.filter((asset) => asset.required).map((asset) => asset.pattern);
    expect(required).toEqual(['images/pi4/VERSION', 'images/pi4/VERSION_HOSTOS']);
    expect(hostapp?.assets).toHaveLength(9);
  });

  it('does not require a pattern with wildcards', () => {
    const assets = ['a*', 'b?', 'c[0-9]', 'd{1,2}', 'e'];
    const composition = { services: { x: { image: '__BUILD_OUTPUT__', 'x-build': { assets } } } };
    expect(buildMatrixOf(composition, 'm')[0]?.assets.map((asset) => asset.required)).toEqual([
      false,
      false,
      false,
      false,
      true,
    ]);
  });
});

describe('imageArchiveName', () => {
  it('is the recipe or balena-image, and the machine', () => {
    expect(imageArchiveName(undefined, 'generic-amd64')).toBe('balena-image-generic-amd64.docker');
    expect(imageArchiveName('hostos-tools', 'generic-amd64')).toBe('hostos-tools-generic-amd64.docker');
  });
});
