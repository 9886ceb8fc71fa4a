import { describe, expect, it } from 'vitest';
import type { DeviceType, ImageKind } from '../../model/device-type.ts';
import { imageArtifactsOf } from './image-variants.ts';

const artifactsOf = (imageKind: ImageKind, more: Partial<DeviceType> = {}) =>
  imageArtifactsOf({ imageKind, deployArtifact: 'a', ...more });

describe('the artifacts of a device type', () => {
  it('are one disk image where it declares no other', () => {
    expect(artifactsOf('standard')).toEqual({
      variants: [{ variant: '', artifact: 'a', name: 'image/balena.img' }],
      folders: [],
    });
  });

  it.each([
    [{ deployFlasherArtifact: 'f' }, ['', 'flasher']],
    [{ deployRawArtifact: 'r' }, ['', 'raw']],
    [{ deployRawArtifact: 'r', deployFlasherArtifact: 'f' }, ['', 'flasher', 'raw']],
  ])('with %j are the variants %j', (more, variants) => {
    expect(artifactsOf('standard', more).variants.map(({ variant }) => variant)).toEqual(variants);
  });

  it('are folders for an archive', () => {
    expect(artifactsOf('archive', { deployFlasherArtifact: 'f' })).toEqual({
      variants: [],
      folders: ['a', 'f'],
    });
  });

  it.each(['edge', 'docker-image'] as const)('are none for %s, whatever it declares', (kind) => {
    expect(artifactsOf(kind, { deployRawArtifact: 'r' })).toEqual({ variants: [], folders: [] });
  });
});
