import { describe, expect, it } from 'vitest';
import { asOsrelError } from '../errors/osrel-error.ts';
import { parseConfig } from './parse-config.ts';

function problemsOf(document: unknown): readonly string[] {
  try {
    parseConfig(document, { file: 'osrel.yml' });
    return [];
  } catch (error) {
    const refusal = asOsrelError(error);
    if (refusal === undefined) throw error;
    return refusal.problems.map(({ at, message }) => `${at.replace('osrel.yml ', '')}: ${message}`);
  }
}
const inBuild = (build: unknown) => problemsOf({ build });

describe('arguments for the build', () => {
  it('are read where they are written', () => {
    expect(
      problemsOf({
        build: { args: ['-k', '--nope'], 'bitbake-args': ["-R 'x"] },
        machines: { m: { build: { args: ['-b', '../x'] } } },
      }),
    ).toEqual([
      'build.args[1]: unknown option --nope',
      "build.bitbake-args[0]: a ' is never closed",
      'machines.m.build.args[0]: -b: "../x" is no name for a build folder: needs a plain folder name below the repository root',
    ]);
  });

  it('do not show a secret', () => {
    const problems = inBuild({
      args: ['-a', 'SIGN_API_KEY=hunter2'],
      variables: { BALENA_API_TOKEN: 'hunter2' },
    });
    expect(problems).toHaveLength(2);
    expect(problems.join()).not.toContain('hunter2');
  });
});

describe('variables', () => {
  it.each([
    ['A:append', 'x', 'is no variable name'],
    ['MACHINE', 'x', '--machine'],
    ['A', 'two\nlines', 'on one line'],
    ['X_PASSWORD', 'x', 'build.secrets'],
  ])('cannot be %s = %j', (name, value, reason) => {
    expect(inBuild({ variables: { [name]: value } })).toEqual([expect.stringContaining(reason)]);
  });

  it('are text or whole numbers', () => {
    expect(inBuild({ variables: { A: true, B: 1.5 } })).toEqual([
      'build.variables.A: needs text or a whole number; other values need quotes, such as "yes" or "1.10"',
      'build.variables.B: needs text or a whole number; other values need quotes, such as "yes" or "1.10"',
    ]);
  });

  it('are no secrets at the same time', () => {
    expect(
      problemsOf({
        build: { secrets: { A: { env: 'X' } } },
        machines: { m: { build: { variables: { A: 'y' } } } },
      }),
    ).toEqual([
      'machines.m.build.variables.A: A is a secret below build.secrets already; keep one of the two',
    ]);
  });
});

describe('secrets of a build', () => {
  it.each([
    [{ secrets: { A: 'hunter2' } }, 'build.secrets.A'],
    [{ secrets: { A: { env: 'hunter 2' } } }, 'build.secrets.A.env'],
    [{ signing: { key: 'hunter2' } }, 'build.signing'],
    [{ signing: { key: { env: 'not a name: hunter2' } } }, 'build.signing.key.env'],
    [
      { 'sstate-cache': { kind: 's3', bucket: 'abc', credentials: { 'access-key-id': 'hunter2' } } },
      'build.sstate-cache.credentials.access-key-id',
    ],
  ])('are names of variables: %j', (build, place) => {
    const problems = inBuild(build);
    expect(problems[0]).toContain(`${place}: `);
    expect(problems.join()).not.toMatch(/hunter/);
  });
});

describe('front ends', () => {
  it.each([
    [{ frontend: 'make' }, ['build.frontend: needs "barys", "bitbake", "kas" or "command"']],
    [{ frontend: 'kas' }, ['build.kas.file: missing: front end kas needs it']],
    [
      { frontend: 'command' },
      ['build.command.run: missing: front end command needs the program and its arguments'],
    ],
    [
      { frontend: 'command', command: { run: [] } },
      ['build.command.run: missing: front end command needs the program and its arguments'],
    ],
    [{ kas: { file: 'a.yml' } }, ['build.kas: is for front end kas, which is not chosen']],
    [{ command: { run: ['make'] } }, ['build.command: is for front end command, which is not chosen']],
    [
      { kas: { file: '../a.yml' }, frontend: 'kas' },
      ['build.kas.file: needs a path below the repository root'],
    ],
    [
      { frontend: 'kas', kas: { file: 'a.yml' }, args: ['-k'], templates: 'layers/x' },
      ['build.templates: front end kas does not read it, so it would have no effect'],
    ],
    [
      { frontend: 'command', command: { run: ['make'] }, 'rm-work': true, sstate: '/x' },
      [
        'build.rm-work: front end command does not read it, so it would have no effect',
        'build.sstate: front end command does not read it, so it would have no effect',
      ],
    ],
    [
      { frontend: 'bitbake', container: true },
      ['build.container: only front end barys runs in a container, not bitbake'],
    ],
  ])('%j has problems', (build, problems) => {
    expect(inBuild(build)).toEqual(problems);
  });

  it.each([
    [{ frontend: 'bitbake', container: false, args: ['-k'] }],
    [{ frontend: 'kas', kas: { file: 'kas/a.yml' }, variables: { A: '1' }, args: ['-k'] }],
    [{ frontend: 'command', command: { run: ['make', 'os'] }, directory: 'out' }],
    [{ container: { engine: 'podman' } }],
  ])('%j has none', (build) => {
    expect(inBuild(build)).toEqual([]);
  });

  it('are judged machine by machine', () => {
    const kas = (own: unknown) => problemsOf({ build: { frontend: 'kas' }, machines: { m: { build: own } } });
    expect(kas({ kas: { file: 'm.yml' } })).toEqual([]);
    expect(kas(null)).toEqual(['build.kas.file: missing: front end kas needs it']);
    expect(kas({ frontend: 'barys' })).toEqual([]);
    expect(problemsOf({ machines: { m: { build: { frontend: 'kas' } } } })).toEqual([
      'machines.m.build.kas.file: missing: front end kas needs it',
    ]);
    expect(
      problemsOf({ build: { kas: { file: 'a.yml' } }, machines: { m: { build: { frontend: 'kas' } } } }),
    ).toEqual([]);
  });

  it('of a machine are not put into the general container', () => {
    expect(
      problemsOf({ build: { container: 'docker' }, machines: { m: { build: { frontend: 'bitbake' } } } }),
    ).toEqual(['machines.m.build.frontend: only front end barys runs in a container, not bitbake']);
    expect(
      problemsOf({
        build: { container: 'docker' },
        machines: { m: { build: { frontend: 'bitbake', container: false } } },
      }),
    ).toEqual([]);
  });
});

describe('signing', () => {
  it('needs the key of the server', () => {
    expect(inBuild({ signing: { api: 'https://sign.example' } })).toEqual([
      'build.signing.key: missing: needs {env: NAME}, the variable with the key of the signing server',
    ]);
  });

  it('takes the key from the general section', () => {
    const general = { signing: { key: { env: 'K' } } };
    expect(
      problemsOf({ build: general, machines: { m: { build: { signing: { 'rsa-key-id': 'x' } } } } }),
    ).toEqual([]);
  });

  it.each(['http://sign.example', 'https://user:pass@sign.example', 'sign.example'])(
    'does not send the key to %s',
    (api) => {
      expect(inBuild({ signing: { api, key: { env: 'K' } } })).toHaveLength(1);
    },
  );

  it('may use a server on this machine', () => {
    expect(inBuild({ signing: { api: 'http://127.0.0.1:8080/v1', key: { env: 'K' } } })).toEqual([]);
  });
});

describe('a cache', () => {
  it.each([
    [{ path: '/x' }, ['kind: missing: needs "directory" or "s3"']],
    [{ kind: 'directory' }, ['path: missing: needs the folder to keep files in']],
    [{ kind: 's3' }, ['bucket: missing: needs the bucket to keep files in']],
    [{ kind: 's3', bucket: 'abc', path: '/x' }, ['path: is for kind directory; s3 has bucket and prefix']],
    [
      { kind: 'directory', path: '/x', region: 'eu', credentials: {} },
      [
        'region: is for kind s3; a directory needs only a path',
        'credentials: is for kind s3; a directory needs only a path',
      ],
    ],
    [
      { kind: 's3', bucket: 'abc', credentials: { 'access-key-id': { env: 'A' } } },
      ['credentials: needs both keys, and secret-access-key is missing'],
    ],
    [
      { kind: 's3', bucket: 'abc', prefix: '/a/' },
      ['prefix: needs a key prefix without a slash at either end'],
    ],
    [{ kind: 'directory', path: '~/x' }, ['path: needs a path without blanks, quotes, "$" and "~"']],
  ])('of %j has problems', (store, problems) => {
    expect(inBuild({ 'sstate-cache': store })).toEqual(problems.map((each) => `build.sstate-cache.${each}`));
    expect(inBuild({ 'source-mirror': { write: store } })).toEqual(
      problems.map((each) => `build.source-mirror.write.${each}`),
    );
  });
});

describe('other values', () => {
  it.each([
    [{ container: 'lxc' }, 'build.container: needs true, false, "docker", "podman"'],
    [
      { container: { enginee: 'docker' } },
      'build.container.enginee: unknown key "enginee"; did you mean "engine"?',
    ],
    [{ container: { user: '0:0' } }, 'build.container.user: needs "UID:GID"'],
    [{ container: { image: '--privileged' } }, 'build.container.image: needs an image reference'],
    [{ signing: { kee: { env: 'A' } } }, 'build.signing.kee: unknown key "kee"; did you mean "key"?'],
    [{ targets: ['-k'] }, 'build.targets[0]: needs the name of a bitbake target'],
    [{ directory: 'layers' }, 'build.directory: "layers" is a folder of the repository itself'],
    [{ templates: 'conf' }, 'build.templates: templates path "conf" must be absolute or begin with layers/'],
    [{ downloads: 'a b' }, 'build.downloads: needs a path without blanks'],
    [{ 'hash-equivalence': 'server' }, 'build.hash-equivalence: needs "auto" or host:port'],
    [{ 'source-mirror': { read: 'https://a:b@c' } }, 'build.source-mirror.read'],
    [{ 'rm-work': 'yes' }, 'build.rm-work: needs true or false'],
    [
      { developmentimage: true },
      'build.developmentimage: unknown key "developmentimage"; did you mean "development-image"?',
    ],
  ])('%j is refused', (build, problem) => {
    expect(inBuild(build)[0]).toContain(problem);
  });
});
