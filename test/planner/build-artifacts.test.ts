import { describe, expect, it } from 'vitest';
import { type FactsChange, withExtension } from '../builders/facts.ts';
import { command, planOf } from '../builders/plan-of.ts';

async function stepsOf(change: FactsChange) {
  const { steps } = await planOf(command('build'), change);
  const inputOf = (id: string) => steps.find((each) => each.id === id)?.with;
  return { ids: steps.map(({ id }) => id), inputOf };
}

const artifacts = { deployArtifact: 'a', deployFlasherArtifact: 'f', deployRawArtifact: 'r' };

describe('what a build must leave', () => {
  it('is every disk image of a standard device type, each cut into parts', async () => {
    const { ids, inputOf } = await stepsOf({ deviceType: artifacts });
    expect(inputOf('build-hostapp')).toMatchObject({
      expectedFiles: ['a', 'f', 'r', 'VERSION', 'VERSION_HOSTOS'],
      expectedFolders: [],
    });
    expect(ids).toEqual(
      expect.arrayContaining(['prepare-image', 'prepare-image-flasher', 'prepare-image-raw']),
    );
    expect(inputOf('stage-files')).toMatchObject({
      images: [
        { name: 'image/balena.img', artifact: 'a' },
        { name: 'image/balena-flasher.img', artifact: 'f' },
        { name: 'image/balena-raw.img', artifact: 'r' },
      ],
    });
  });

  it('names a file once that is two variants', async () => {
    const { inputOf } = await stepsOf({ deviceType: { ...artifacts, deployRawArtifact: 'a' } });
    expect(inputOf('build-hostapp')).toMatchObject({
      expectedFiles: ['a', 'f', 'VERSION', 'VERSION_HOSTOS'],
    });
  });

  it('is a folder for an archive device type, with no image to cut (W25)', async () => {
    const { ids, inputOf } = await stepsOf({
      deviceType: { imageKind: 'archive', deployArtifact: 'flash', deployRawArtifact: 'raw' },
    });
    expect(inputOf('build-hostapp')).toMatchObject({
      expectedFiles: ['VERSION', 'VERSION_HOSTOS'],
      expectedFolders: ['flash', 'raw'],
    });
    expect(ids).not.toContain('prepare-image');
    expect(inputOf('stage-files')).toMatchObject({
      images: [],
      imageFolders: [{ artifact: 'flash' }, { artifact: 'raw' }],
    });
  });

  it.each(['edge', 'docker-image'] as const)('is no image for %s (W25)', async (imageKind) => {
    const { ids, inputOf } = await stepsOf({ deviceType: { imageKind, deployArtifact: 'docker-image' } });
    expect(inputOf('build-hostapp')).toMatchObject({
      expectedFiles: ['VERSION', 'VERSION_HOSTOS'],
      expectedFolders: [],
      imageOutput: 'balena-image-raspberrypi4-64.docker',
    });
    expect(ids).not.toContain('prepare-image');
    expect(inputOf('stage-files')).toMatchObject({ images: [] });
  });

  it('is for an extension its archive alone, under its own recipe', async () => {
    const { inputOf } = await stepsOf({ composition: withExtension() });
    expect(inputOf('build-tools')).toMatchObject({
      recipe: 'hostos-tools',
      imageOutput: 'hostos-tools-raspberrypi4-64.docker',
      expectedFiles: [],
      expectedFolders: [],
      expectedVersion: null,
    });
  });
});

describe('labels of an archive', () => {
  it('are not asked for where the composition says them', async () => {
    const { inputOf } = await stepsOf({ composition: withExtension() });
    expect(inputOf('build-tools')).toMatchObject({ expectedLabels: {} });
    expect(inputOf('build-hostapp')).toMatchObject({ expectedLabels: {} });
  });

  it('say the class of an extension where the composition does not', async () => {
    const { inputOf } = await stepsOf({
      composition: withExtension({ labels: { 'io.balena.image.store': 'data' } }),
    });
    expect(inputOf('build-tools')).toMatchObject({
      expectedLabels: { 'io.balena.image.class': 'overlay' },
    });
  });
});

describe('staged services', () => {
  it('stand in the order of the composition, whatever is built first', async () => {
    const { ids, inputOf } = await stepsOf({ composition: withExtension() });
    expect(ids.indexOf('build-tools')).toBeLessThan(ids.indexOf('build-hostapp'));
    expect(inputOf('stage-files')).toMatchObject({
      services: [{ service: 'hostapp' }, { service: 'tools' }],
    });
  });
});
