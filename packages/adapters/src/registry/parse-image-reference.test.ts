import { describe, expect, it } from 'vitest';
import { parseImageReference } from './parse-image-reference.ts';

const DIGEST = `sha256:${'0a'.repeat(32)}`;
const HUB = { registry: 'https://registry-1.docker.io', host: 'docker.io' };

describe('an image reference', () => {
  it.each([
    ['alpine', { ...HUB, repository: 'library/alpine', wanted: 'latest' }],
    ['docker.io/alpine:3.20', { ...HUB, repository: 'library/alpine', wanted: '3.20' }],
    ['owner/name:v1', { ...HUB, repository: 'owner/name', wanted: 'v1' }],
    [`alpine:3.20@${DIGEST}`, { ...HUB, repository: 'library/alpine', wanted: DIGEST }],
    ['ghcr.io/o/n', { registry: 'https://ghcr.io', host: 'ghcr.io', repository: 'o/n', wanted: 'latest' }],
    [
      'localhost:5000/n:1',
      { registry: 'http://localhost:5000', host: 'localhost:5000', repository: 'n', wanted: '1' },
    ],
    [
      'registry2.balena-cloud.com/v2/0123abc',
      {
        registry: 'https://registry2.balena-cloud.com',
        host: 'registry2.balena-cloud.com',
        repository: 'v2/0123abc',
        wanted: 'latest',
      },
    ],
  ])('%s is taken apart as docker does', (reference, expected) => {
    expect(parseImageReference(reference)).toEqual(expected);
  });

  it.each([
    '',
    'Alpine',
    'a b',
    'alpine:',
    'alpine@sha256:12',
    `a@${DIGEST}@${DIGEST}`,
    'ghcr.io/',
    '../x',
    'a//b',
  ])('%j is refused', (reference) => {
    expect(() => parseImageReference(reference)).toThrow(
      expect.objectContaining({ kind: 'config', code: 'image.reference' }),
    );
  });
});
