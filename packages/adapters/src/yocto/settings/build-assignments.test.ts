import { type BuildSettings, PLAIN_BUILD } from '@osrel/core';
import { describe, expect, it } from 'vitest';
import { renderAssignments } from './assignment.ts';
import { buildAssignments } from './build-assignments.ts';
import type { SettingsPlace } from './cache-assignments.ts';
import { overrideSyntaxOf } from './override-syntax.ts';

const PLACE = { root: '/repo', syntax: 'colon' } as const;

function render(changes: Partial<BuildSettings>, place: SettingsPlace = PLACE): string[] {
  const settings = { ...PLAIN_BUILD, ...changes };
  const build = { settings, deviceTypeBaseName: 'raspberrypi4-64' };
  return renderAssignments(buildAssignments(build, place)).split('\n');
}

describe('buildAssignments', () => {
  it('says of a plain build that it is no development image, and for which device type', () => {
    expect(render({})).toEqual(['DEVICE_TYPE = "raspberrypi4-64"', 'OS_DEVELOPMENT = "0"']);
  });

  it('writes every setting that barys has an option for', () => {
    const lines = render({
      developmentImage: true,
      compressImage: true,
      removeWork: true,
      buildHistory: true,
      supervisorVersion: 'v18.2.2',
      downloads: '/srv/downloads',
      sharedState: 'shared/raspberrypi4-64/sstate',
      variables: [{ name: 'BB_GENERATE_MIRROR_TARBALLS', value: '1' }],
    });
    expect(lines).toEqual([
      'DEVICE_TYPE = "raspberrypi4-64"',
      'OS_DEVELOPMENT = "1"',
      'BALENA_RAW_IMG_COMPRESSION = "xz"',
      'SUPERVISOR_VERSION = "v18.2.2"',
      'DL_DIR = "/srv/downloads"',
      'SSTATE_DIR = "/repo/shared/raspberrypi4-64/sstate"',
      'BUILDHISTORY_COMMIT = "1"',
      'BB_GENERATE_MIRROR_TARBALLS = "1"',
      'INHERIT += "rm_work"',
      'INHERIT += "buildhistory"',
    ]);
  });

  it('lets the later of two assignments win, also over a setting of its own', () => {
    const variables = [
      { name: 'DEVICE_TYPE', value: 'first' },
      { name: 'DEVICE_TYPE', value: 'last' },
    ];
    expect(render({ variables })).toEqual(['OS_DEVELOPMENT = "0"', 'DEVICE_TYPE = "last"']);
  });

  it('never loses a class to a variable that sets INHERIT', () => {
    const variables = [{ name: 'INHERIT', value: 'mine' }];
    expect(render({ removeWork: true, variables }).slice(-2)).toEqual([
      'INHERIT = "mine"',
      'INHERIT += "rm_work"',
    ]);
  });

  it('takes values with blanks and quotes, which barys breaks apart', () => {
    const variables = [{ name: 'EXTRA', value: 'a "b" c=d' }];
    expect(render({ variables })).toContain(`EXTRA = 'a "b" c=d'`);
  });

  it('holds the name and value of no secret', () => {
    const lines = render({ secretVariables: [{ name: 'SIGN_API_KEY', env: 'CI_SIGN_KEY' }] });
    expect(lines.join()).not.toMatch(/SIGN/);
  });
});

describe('the caches in it', () => {
  const sourceMirror = { read: 'https://mirror.example/src/', write: null };

  it('look for sources of every kind of site in the mirror, after the site itself', () => {
    const line = render({ sourceMirror }).find((each) => each.startsWith('MIRRORS')) ?? '';
    expect(line).toMatch(/^MIRRORS:append = " cvs:\/\/\.\*\/\.\* https:\/\/mirror\.example\/src\/ svn:/);
    const schemes = [...line.matchAll(/(\S+):\/\/\.\*\/\.\* https:\/\/mirror\.example\/src\/ /g)].map(
      ([, name]) => name,
    );
    expect(schemes).toEqual(['cvs', 'svn', 'git', 'hg', 'bzr', 'https?', 'ftp', 'crate']);
  });

  it('speak the old syntax to old layers', () => {
    const old = { root: '/repo', syntax: 'underscore' } as const;
    expect(render({ sourceMirror }, old).some((line) => line.startsWith('MIRRORS_append = "'))).toBe(true);
  });

  it('read shared state from a folder, under the key', () => {
    const store = { kind: 'directory', path: 'cache' } as const;
    expect(render({ stateCache: { store, key: 'rpi-signed', read: null, save: true } })).toContain(
      'SSTATE_MIRRORS = "file://.* file:///repo/cache/rpi-signed/PATH;downloadfilename=PATH"',
    );
  });

  it('read shared state from the address of a bucket, where it has one', () => {
    const store = {
      kind: 's3',
      bucket: 'b',
      prefix: '',
      region: null,
      endpoint: null,
      credentials: null,
    } as const;
    const cache = { store, key: 'rpi', save: true };
    expect(render({ stateCache: { ...cache, read: 'https://s.example' } })).toContain(
      'SSTATE_MIRRORS = "file://.* https://s.example/rpi/PATH;downloadfilename=PATH"',
    );
    expect(render({ stateCache: { ...cache, read: null } }).join()).not.toContain('SSTATE_MIRRORS');
  });

  it('ask a hash equivalence server with the handler that can', () => {
    expect(render({ hashEquivalence: 'hash.example:8687' })).toEqual(
      expect.arrayContaining(['BB_HASHSERVE = "hash.example:8687"', 'BB_SIGNATURE_HANDLER = "OEEquivHash"']),
    );
  });
});

describe('bad settings', () => {
  it.each(['a\nb', 'with "quotes"', 'a b', '', '$' + '{TOPDIR}'])('refuses the folder %j', (downloads) => {
    expect(() => render({ downloads })).toThrow(expect.objectContaining({ code: 'build.malformed-path' }));
  });

  it.each(['mirror.example', 'https://a b', 'https://x\nEVIL = "1"'])('refuses the address %j', (read) => {
    const call = () => render({ sourceMirror: { read, write: null } });
    expect(call).toThrow(expect.objectContaining({ code: 'build.malformed-address' }));
  });

  it('refuses a hash server that is none', () => {
    const call = () => render({ hashEquivalence: 'a b' });
    expect(call).toThrow(expect.objectContaining({ code: 'build.malformed-address' }));
  });

  it('names every variable that cannot be one', () => {
    const variables = ['1A', 'GOOD', 'A B', '', 'A:'].map((name) => ({ name, value: '' }));
    const call = () => render({ variables });
    expect(call).toThrow(expect.objectContaining({ code: 'build.malformed-variable' }));
    expect(call).toThrow(expect.objectContaining({ problems: expect.toSatisfy((all) => all.length === 4) }));
  });
});

describe('overrideSyntaxOf', () => {
  it.each([
    [['kirkstone'], 'colon'],
    [['dunfell'], 'underscore'],
    [['Dunfell', 'warrior'], 'underscore'],
    [['dunfell', 'kirkstone'], 'colon'],
    [[], 'colon'],
    [['of-the-future'], 'colon'],
  ])('of layers for %j is %s', (series, syntax) => {
    expect(overrideSyntaxOf(series)).toBe(syntax);
  });
});
