import { describe, expect, it } from 'vitest';
import { explainConfig } from './config-settings.ts';
import { listSecretVariables } from './list-secret-variables.ts';
import { parseConfig } from './parse-config.ts';
import { type BuildFlags, withBuildFlags } from './with-build-flags.ts';

const parse = (document?: unknown) => parseConfig(document, { file: 'osrel.yml' });
const DOCUMENT = {
  build: { args: ['-a A=1'], directory: 'one' },
  machines: { m: { build: { container: { engine: 'docker', image: 'x:1' }, args: ['-b two'] } } },
};

describe('flags of a build', () => {
  it('change nothing when there are none', () => {
    expect(withBuildFlags(parse(DOCUMENT), {})).toEqual(parse(DOCUMENT));
    expect(withBuildFlags(parse(DOCUMENT), { arguments: [] })).toEqual(parse(DOCUMENT));
  });

  it('win over osrel.yml for every machine', () => {
    const { build, machines } = withBuildFlags(parse(DOCUMENT), {
      arguments: ['-b', 'three', '-a', 'A=b c'],
    });
    for (const each of [build, ...machines.map((machine) => machine.build)]) {
      expect(each.settings.buildDirectory).toBe('three');
      expect(each.settings.variables?.at(-1)).toEqual({ name: 'A', value: 'b c' });
    }
    expect(machines[0]?.build.arguments).toEqual(['-a A=1', '-b two', '-b', 'three', '-a', 'A=b c']);
  });

  it.each<readonly [BuildFlags['container'] & string, unknown, unknown]>([
    ['auto', { engine: 'auto', image: null, user: null }, { engine: 'auto', image: 'x:1', user: null }],
    ['podman', { engine: 'podman', image: null, user: null }, { engine: 'podman', image: 'x:1', user: null }],
    ['none', null, null],
  ])('choose the container %s and keep its image', (container, general, own) => {
    const { build, machines } = withBuildFlags(parse(DOCUMENT), { container });
    expect(build.container).toEqual(general);
    expect(machines[0]?.build.container).toEqual(own);
  });

  it('refuse words that are no arguments, with their place', () => {
    expect(() => withBuildFlags(parse(), { arguments: ['-k', '--nope'] })).toThrow(
      'arguments after --[1]: unknown option --nope',
    );
  });

  it('are the origin of what they change, and of nothing else', () => {
    const rows = explainConfig(withBuildFlags(parse(DOCUMENT), { container: 'none', arguments: ['-k'] }));
    const changed = rows.filter(({ origin }) => origin === 'flag').map(({ path }) => path);
    expect(changed).toEqual(['build.args', 'build.continue']);
    expect(rows.find(({ path }) => path === 'build.directory')?.origin).toBe('osrel.yml');
  });
});

describe('the variables with secrets', () => {
  it('are those of environments, builds and machines, each once', () => {
    const credentials = { 'access-key-id': { env: 'ID' }, 'secret-access-key': { env: 'SECRET' } };
    const config = parse({
      environments: { 'e.x': { secrets: { balenaApiKey: { env: 'API' } } } },
      build: {
        secrets: { X: { env: 'XS' } },
        'sstate-cache': { kind: 's3', bucket: 'abc', credentials },
        'source-mirror': { write: { kind: 's3', bucket: 'abc', credentials } },
      },
      machines: { m: { build: { signing: { key: { env: 'SK' }, 'kmod-key-append': { env: 'KM' } } } } },
    });
    expect(listSecretVariables(config)).toEqual([
      'API',
      'ID',
      'KM',
      'OSREL_RECEIPT_KEY',
      'SECRET',
      'SK',
      'XS',
    ]);
    expect(listSecretVariables(parse())).toEqual(['OSREL_RECEIPT_KEY']);
  });
});

describe('explained build settings', () => {
  const config = parse({
    build: {
      container: { engine: 'docker', user: '5:6' },
      args: ['-b two', '-a', 'A=1'],
      directory: 'one',
      signing: { api: 'https://sign.example', key: { env: 'K' } },
      'sstate-cache': { kind: 'directory', path: '/c' },
    },
    machines: { m: { build: { signing: false, templates: 'layers/x' } } },
  });
  const settled = (path: string) => explainConfig(config).find((row) => row.path === path)?.value;

  it.each([
    ['build.container', { engine: 'docker', image: null, user: '5:6' }],
    ['build.directory', 'two'],
    ['build.rm-work', true],
    ['build.fresh', false],
    ['build.variables', { A: '1' }],
    ['build.signing.api', 'https://sign.example'],
    ['build.signing.key.env', 'K'],
    ['build.signing.rsa-key-id', null],
    ['build.sstate-cache.path', '/c'],
    ['build.source-mirror.write', null],
    ['build.kas.file', null],
    ['machines.m.build.args', []],
    ['machines.m.build.signing', false],
    ['machines.m.build.templates', 'layers/x'],
    ['machines.m.build.directory', undefined],
  ])('tell %s', (path, value) => {
    expect(settled(path)).toEqual(value);
  });

  it('name the argument that decided a value', () => {
    const { origins } = parseConfig(
      { build: { directory: 'one', args: ['-b two'], fresh: true } },
      { file: 'osrel.yml', lineOf: (path) => (path.includes('args') ? 7 : 3) },
    );
    expect(origins['build.directory']).toBe('osrel.yml:7');
    expect(origins['build.fresh']).toBe('osrel.yml:3');
  });
});
