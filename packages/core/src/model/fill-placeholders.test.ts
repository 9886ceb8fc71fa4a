import { describe, expect, it } from 'vitest';
import { OsrelError } from '../errors/osrel-error.ts';
import type { Composition } from './composition.ts';
import { fillPlaceholders, matchImageArchives } from './fill-placeholders.ts';

const composition: Composition = {
  version: '2.4',
  services: {
    hostapp: {
      image: '__BUILD_OUTPUT__',
      'x-build': {},
      labels: {
        'io.balena.image.class': 'hostapp',
        'io.balena.private.hostapp.board-rev': '__DEVICE_REPO_REV__',
        text: 'rev __DEVICE_REPO_REV__',
      },
    },
    tools: {
      image: '__BUILD_OUTPUT__',
      'x-build': { recipe: 'hostos-tools' },
      environment: ['__DEVICE_REPO_REV__'],
    },
    registry: { image: 'registry/x:1' },
  },
};
const images = new Map([
  ['hostapp', 'local/hostapp:1'],
  ['tools', 'local/tools:1'],
]);

function problemsOf(action: () => unknown): readonly string[] {
  try {
    action();
  } catch (error) {
    if (error instanceof OsrelError)
      return [error.code, ...error.problems.map(({ at, message }) => `${at}: ${message}`)];
    throw error;
  }
  return [];
}

describe('fillPlaceholders', () => {
  it('fills images, and the revision where it is the whole value', () => {
    const filled = fillPlaceholders(composition, { deviceRepositoryRevision: 'abc1234', images });
    expect(filled.services.hostapp).toMatchObject({
      image: 'local/hostapp:1',
      labels: { 'io.balena.private.hostapp.board-rev': 'abc1234', text: 'rev __DEVICE_REPO_REV__' },
    });
    expect(filled.services.tools).toMatchObject({ image: 'local/tools:1', environment: ['abc1234'] });
    expect(filled.services.registry).toEqual({ image: 'registry/x:1' });
    expect(composition.services.hostapp?.image).toBe('__BUILD_OUTPUT__');
  });

  it.each([undefined, ''])(
    'reports every place of the revision when it is %j',
    (deviceRepositoryRevision) => {
      expect(problemsOf(() => fillPlaceholders(composition, { deviceRepositoryRevision, images }))).toEqual([
        'composition.placeholders-left',
        'services.hostapp.labels["io.balena.private.hostapp.board-rev"]: the revision of the device repository is not known',
        'services.tools.environment[0]: the revision of the device repository is not known',
      ]);
    },
  );

  it('reports build output that is left, anywhere in the document', () => {
    const open = { ...composition, 'x-note': 'see __BUILD_OUTPUT__' };
    const only = new Map([['hostapp', 'local/hostapp:1']]);
    expect(
      problemsOf(() => fillPlaceholders(open, { deviceRepositoryRevision: 'abc1234', images: only })),
    ).toEqual([
      'composition.placeholders-left',
      'services.tools.image: __BUILD_OUTPUT__ is left: no image was built for it',
      'x-note: __BUILD_OUTPUT__ is left: no image was built for it',
    ]);
  });

  it('reports an image for a service that is not built or not there', () => {
    const more = new Map([...images, ['registry', 'a'], ['nowhere', 'b']]);
    const problems = problemsOf(() =>
      fillPlaceholders(composition, { deviceRepositoryRevision: 'abc1234', images: more }),
    );
    expect(problems.slice(1).map((problem) => problem.split(':')[0])).toEqual([
      'services.registry',
      'services.nowhere',
    ]);
  });
});

describe('matchImageArchives', () => {
  const match = (...archives: readonly string[]) =>
    matchImageArchives({ composition, machine: 'pi4', archives });

  it('finds the archive of each built service by its name', () => {
    expect([...match('hostos-tools-pi4.docker', 'balena-image-pi4.docker')]).toEqual([
      ['hostapp', 'balena-image-pi4.docker'],
      ['tools', 'hostos-tools-pi4.docker'],
    ]);
  });

  it('reports orphans and missing images together', () => {
    expect(
      problemsOf(() => match('balena-image-pi3.docker', 'hostos-tools-pi4.docker', 'other-pi4.docker')),
    ).toEqual([
      'composition.images-mismatched',
      'balena-image-pi3.docker: orphan: no service of the composition builds this image',
      'other-pi4.docker: orphan: no service of the composition builds this image',
      'services.hostapp: the hostapp image balena-image-pi4.docker is missing',
    ]);
  });

  it('reports a missing extension image', () => {
    expect(problemsOf(() => match('balena-image-pi4.docker'))[1]).toContain(
      'the overlay image hostos-tools-pi4.docker is missing',
    );
  });
});
