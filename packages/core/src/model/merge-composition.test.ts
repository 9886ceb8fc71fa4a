import { describe, expect, it } from 'vitest';
import type { Composition } from './composition.ts';
import { mergeCompositions, originsOf } from './merge-composition.ts';

const base: Composition = {
  version: '2.4',
  services: {
    hostapp: {
      image: '__BUILD_OUTPUT__',
      labels: { a: '1', b: '2' },
      'x-build': { assets: ['one', 'two', 'three'], build_args: ['-k'] },
    },
    tools: { image: '__BUILD_OUTPUT__', 'x-build': { recipe: 'hostos-tools' } },
  },
};

const merge = (services: Composition['services'], rest: Record<string, unknown> = {}) =>
  mergeCompositions(base, { ...rest, services }).composition;

describe('mergeCompositions', () => {
  it('merges maps key by key and services by name', () => {
    const merged = merge(
      { hostapp: { labels: { b: '3', c: '4' } }, extra: { image: 'extra:1' } },
      { networks: {} },
    );
    expect(merged.services.hostapp).toEqual({ ...base.services.hostapp, labels: { a: '1', b: '3', c: '4' } });
    expect(merged.services.tools).toEqual(base.services.tools);
    expect(merged).toMatchObject({ version: '2.4', networks: {} });
    expect(Object.keys(merged.services)).toEqual(['hostapp', 'tools', 'extra']);
  });

  it('replaces a list by the list of the overlay (W26)', () => {
    const merged = merge({ hostapp: { 'x-build': { assets: ['mine'] } } });
    expect(merged.services.hostapp?.['x-build']).toEqual({ assets: ['mine'], build_args: ['-k'] });
  });

  it('empties a list by an empty one', () => {
    expect(merge({ hostapp: { 'x-build': { assets: [] } } }).services.hostapp?.['x-build']?.assets).toEqual(
      [],
    );
  });

  it('merges lists element by element when asked to', () => {
    const overlay = { services: { hostapp: { 'x-build': { assets: ['mine'] } } } };
    const { composition } = mergeCompositions(base, overlay, 'by-index');
    expect(composition.services.hostapp?.['x-build']?.assets).toEqual(['mine', 'two', 'three']);
  });

  it('merges maps inside lists element by element when asked to', () => {
    const of = (list: unknown): Composition => ({ services: {}, list });
    const { composition } = mergeCompositions(of([{ a: 1, b: 1 }, { c: 1 }]), of([{ b: 2 }]), 'by-index');
    expect(composition.list).toEqual([{ a: 1, b: 2 }, { c: 1 }]);
  });

  it('leaves out a service by null, and brings one back that the base left out', () => {
    expect(merge({ tools: null }).services.tools).toBeNull();
    const without = { services: { tools: null } };
    expect(
      mergeCompositions(without, { services: { tools: { image: 'a' } } }).composition.services.tools,
    ).toEqual({ image: 'a' });
    expect(mergeCompositions(without, { services: {} }).composition.services.tools).toBeNull();
  });

  it('keeps a null x-build beside a concrete image', () => {
    const merged = merge({ tools: { image: 'registry/tools:1', 'x-build': null } });
    expect(merged.services.tools).toEqual({ image: 'registry/tools:1', 'x-build': null });
  });

  it('puts a map in place of a null x-build', () => {
    const lower: Composition = { services: { a: { image: 'a', 'x-build': null } } };
    const { composition } = mergeCompositions(lower, { services: { a: { 'x-build': { recipe: 'r' } } } });
    expect(composition.services.a?.['x-build']).toEqual({ recipe: 'r' });
  });

  it('does not change what it was given', () => {
    const before = JSON.stringify(base);
    merge({ hostapp: { labels: { a: 'x' }, 'x-build': null }, tools: null });
    expect(JSON.stringify(base)).toBe(before);
  });

  it('says for every value which file it came from', () => {
    const overlay = {
      services: { hostapp: { labels: { b: '3' }, 'x-build': { assets: ['mine'] } }, extra: { image: 'e' } },
    };
    expect(mergeCompositions(base, overlay).origins).toEqual({
      version: 'base',
      'services.hostapp': 'base',
      'services.hostapp.image': 'base',
      'services.hostapp.labels.a': 'base',
      'services.hostapp.labels.b': 'overlay',
      'services.hostapp.x-build.assets': 'overlay',
      'services.hostapp.x-build.build_args': 'base',
      'services.tools': 'base',
      'services.tools.image': 'base',
      'services.tools.x-build.recipe': 'base',
      'services.extra': 'overlay',
      'services.extra.image': 'overlay',
    });
  });
});

describe('originsOf', () => {
  it('gives every value of a document the same origin', () => {
    const origins = originsOf(base, 'generated');
    expect(new Set(Object.values(origins))).toEqual(new Set(['generated']));
    expect(Object.keys(origins)).toContain('services.tools.x-build.recipe');
    expect(origins['services.tools']).toBe('generated');
  });
});
