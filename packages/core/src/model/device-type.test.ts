import { describe, expect, it } from 'vitest';
import { OsrelError } from '../errors/osrel-error.ts';
import { parseDeviceType } from './device-type.ts';

const source = { file: 'raspberrypi4-64.coffee', baseName: 'raspberrypi4-64' };

function definition(change: Record<string, unknown> = {}, yocto: Record<string, unknown> = {}) {
  return {
    name: 'Raspberry Pi 4',
    arch: 'aarch64',
    state: 'released',
    yocto: {
      machine: 'raspberrypi4-64',
      image: 'balena-image',
      fstype: 'balenaos-img',
      deployArtifact: 'balena-image-raspberrypi4-64.balenaos-img',
      ...yocto,
    },
    ...change,
  };
}

function problemsOf(raw: unknown): readonly string[] {
  try {
    parseDeviceType(raw, source);
  } catch (error) {
    if (error instanceof OsrelError && error.code === 'device-type.malformed') {
      return error.problems.map(({ at, message }) => `${at}: ${message}`);
    }
    throw error;
  }
  return [];
}

describe('parseDeviceType', () => {
  it('takes what the automation uses', () => {
    const raw = definition(
      { aliases: ['rpi4'] },
      { deployFlasherArtifact: 'f.img', deployRawArtifact: 'r.img' },
    );
    expect(parseDeviceType(raw, source)).toMatchObject({
      slug: 'raspberrypi4-64',
      name: 'Raspberry Pi 4',
      arch: 'aarch64',
      aliases: ['rpi4'],
      state: 'RELEASED',
      machine: 'raspberrypi4-64',
      image: 'balena-image',
      fstype: 'balenaos-img',
      deployArtifact: 'balena-image-raspberrypi4-64.balenaos-img',
      deployFlasherArtifact: 'f.img',
      deployRawArtifact: 'r.img',
      imageKind: 'standard',
      fileBaseName: 'raspberrypi4-64',
    });
  });

  it('prefers the slug of the file over its base name', () => {
    const parsed = parseDeviceType(definition({ slug: 'raspberry-pi' }), {
      file: 'raspberrypi.coffee',
      baseName: 'raspberrypi',
    });
    expect(parsed).toMatchObject({ slug: 'raspberry-pi', fileBaseName: 'raspberrypi' });
    expect(parsed.json.slug).toBe('raspberry-pi');
  });

  it('has sensible values for what may be missing', () => {
    const parsed = parseDeviceType(
      { name: 'X', arch: 'amd64', yocto: { machine: 'x', deployArtifact: 'x.img' } },
      { file: 'x.yml', baseName: 'x' },
    );
    expect(parsed).toMatchObject({
      slug: 'x',
      state: 'RELEASED',
      aliases: [],
      image: 'balena-image',
      fstype: 'balenaos-img',
    });
    expect(parsed).not.toHaveProperty('deployRawArtifact');
    expect(parsed.json).not.toHaveProperty('state');
  });

  it.each([
    [{ slug: 'edge' }, {}, 'edge'],
    [{}, { deployArtifact: 'docker-image' }, 'docker-image'],
    [{}, { archive: true }, 'archive'],
    [{}, { archive: 'true' }, 'archive'],
    [{}, { archive: false }, 'standard'],
    [{ slug: 'edge' }, { deployArtifact: 'docker-image', archive: true }, 'edge'],
  ])('%j with yocto %j has images of kind %s', (change, yocto, kind) => {
    expect(parseDeviceType(definition(change, yocto), source).imageKind).toBe(kind);
  });

  it('takes name and state as they were built', () => {
    expect(parseDeviceType(definition({ name: 'Board (BETA)', state: 'BETA' }), source)).toMatchObject({
      name: 'Board (BETA)',
      state: 'BETA',
    });
  });

  it.each([undefined, null, ''])('counts the state %j as RELEASED', (state) => {
    expect(parseDeviceType(definition({ state }), source).state).toBe('RELEASED');
  });

  it.each(['artik5 artik520', 'ZE250', 'odroid-u3+'])('takes the alias %j', (alias) => {
    expect(parseDeviceType(definition({ aliases: [alias] }), source).aliases).toEqual([alias]);
  });

  it('passes every key on to the JSON, in the order of the manifest', () => {
    const raw = { slug: 'x', zebra: { b: 1, a: 2 }, ...definition({ anything: [null] }) };
    expect(JSON.stringify(parseDeviceType(raw, source).json)).toBe(JSON.stringify(raw));
  });

  it('reports every problem at once with file and key', () => {
    const raw = {
      slug: 'Bad Slug',
      name: '',
      aliases: ['../x'],
      options: 'none',
      yocto: { deployFlasherArtifact: 'a/b', archive: 'perhaps' },
    };
    const problems = problemsOf(raw).join('\n');
    const keys = ['slug', 'name', 'arch', 'aliases[0]', 'options', 'yocto.machine', 'yocto.deployArtifact'];
    for (const key of [...keys, 'yocto.deployFlasherArtifact', 'yocto.archive']) {
      expect(problems).toContain(`raspberrypi4-64.coffee: ${key}: `);
    }
  });

  it.each(['machine', 'deployArtifact'])('requires yocto.%s', (key) => {
    expect(problemsOf(definition({}, { [key]: undefined }))).toEqual([
      `raspberrypi4-64.coffee: yocto.${key}: missing: needs a string`,
    ]);
  });

  it.each(['..', '.hidden', 'a/b', 'A', 'x y', '', '-rf'])('refuses the machine %j', (machine) => {
    expect(problemsOf(definition({}, { machine }))).toHaveLength(1);
  });

  it.each([null, undefined, 'text', 7, []])('refuses %j as a device type', (raw) => {
    expect(problemsOf(raw)).toEqual([
      'raspberrypi4-64.coffee: needs a map of keys, such as name, arch and yocto',
    ]);
  });
});
