import { access, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { copyRepository, type RepositoryCopy } from './device-repository.ts';

let repository: RepositoryCopy;

beforeAll(async () => {
  repository = await copyRepository('with-compiler');
});

afterAll(() => repository.remove());

let buildNumber = 0;

/** Configures only, in a build folder of its own, and gives local.conf. */
async function configure(...words: readonly string[]) {
  buildNumber += 1;
  const name = `build-${buildNumber}`;
  const result = await repository.barys(['-n', '-b', name, ...words]);
  const localConf = await readFile(join(repository.path, name, 'conf/local.conf'), 'utf8').catch(() => '');
  return { ...result, name, localConf };
}

describe('barys options', () => {
  it('prints its version and ends with 0', async () => {
    expect(await repository.barys(['-v'])).toMatchObject({ status: 0, stdout: '1.4\n' });
  });

  it('lists every option in the help text', async () => {
    const { status, stdout } = await repository.barys(['--help']);
    expect(status).toBe(0);
    for (const option of [
      ...[
        '--machine',
        '--continue',
        '--bitbake-args',
        '--bitbake-target',
        '--compress',
        '--development-image',
      ],
      ...['--supervisor-version', '--remove-build', '--build-name', '--shared-downloads', '--shared-sstate'],
      ...['--templates-path', '--log', '--dry-run', '--rm-work', '--build-history', '--additional-variable'],
    ]) {
      expect(stdout).toContain(option);
    }
  });

  it.each([
    [['--resinio'], 'Unrecognized option --resinio.'],
    [['-m', 'nonesuch'], 'Machine nonesuch is not supported'],
    [['-m'], '-m needs a value'],
    [['-a', '=x'], 'Invalid additional variable: =x'],
    [['-a', '1A=x'], 'Invalid additional variable: 1A=x'],
    [['--shared-downloads', 'relative'], 'needs an absolute path, not relative'],
    [['--shared-sstate', ''], '--shared-sstate needs a value'],
    [['-b', '../outside'], '--build-name is no plain folder name'],
    [['-i'], 'give the options instead'],
    [['-n', '-t', 'conf/samples'], 'has to be absolute or start with layers/'],
    [['-n', '-t', 'layers/none'], 'The provided templates path does not exist: layers/none'],
  ])('ends with 1 and one ERROR line for %j', async (words, message) => {
    const { status, stdout } = await repository.barys(words);
    expect(status).toBe(1);
    expect(stdout).toMatch(/^\[\d{9}\]\[ERROR\]/m);
    expect(stdout).toContain(message);
  });

  it('writes the settings into local.conf and the rest below its marker', async () => {
    const downloads = join(repository.path, 'shared-downloads');
    const { status, localConf } = await configure(
      ...['-d', '-c', '--rm-work', '--build-history', '--supervisor-version', 'v17.0.0'],
      ...[
        '--shared-downloads',
        downloads,
        '--shared-sstate',
        '/tmp/state',
        '-a',
        'EMPTY=',
        '-a',
        'A=b=c "d" e',
      ],
    );
    expect(status).toBe(0);
    const lines = localConf.split('\n');
    expect(lines).toContain('OS_DEVELOPMENT = "1"');
    expect(lines).toContain('BALENA_RAW_IMG_COMPRESSION ?= "xz"');
    expect(lines).toContain('INHERIT += "rm_work"');
    expect(lines).toContain(`DL_DIR ?= "${downloads}"`);
    expect(lines).toContain('SSTATE_DIR ?= "/tmp/state"');
    expect(lines).toContain('SUPERVISOR_VERSION ?= "v17.0.0"');
    expect(lines.slice(lines.indexOf('# Barys: Additional variables'))).toEqual([
      '# Barys: Additional variables',
      'INHERIT += "buildhistory"',
      'BUILDHISTORY_COMMIT = "1"',
      'EMPTY=""',
      'A="b=c \\"d\\" e"',
      '',
    ]);
  });

  it('does not pile up additional variables over several runs', async () => {
    const first = await configure('-a', 'A=1');
    await repository.barys(['-n', '-b', first.name, '-a', 'B=2']);
    const text = await readFile(join(repository.path, first.name, 'conf/local.conf'), 'utf8');
    expect(text.match(/# Barys: Additional variables/g)).toHaveLength(1);
    expect(text).not.toContain('A="1"');
    expect(text).toContain('B="2"');
  });

  it('warns when a setting has no line to replace', async () => {
    const { name } = await configure();
    await writeFile(join(repository.path, name, 'conf/local.conf'), 'CONF_VERSION = "2"\n');
    const { stdout } = await repository.barys(['-n', '-b', name, '-c']);
    expect(stdout).toMatch(/\[WARNING\]conf\/local.conf has no line with BALENA_RAW_IMG_COMPRESSION \?=/);
  });

  it('keeps bblayers.conf of an earlier run unless the build folder is removed', async () => {
    const { name } = await configure();
    const file = join(repository.path, name, 'conf/bblayers.conf');
    await writeFile(file, '# by hand\n');
    await repository.barys(['-n', '-b', name]);
    expect(await readFile(file, 'utf8')).toBe('# by hand\n');
    await repository.barys(['-n', '-b', name, '-r']);
    expect(await readFile(file, 'utf8')).toContain('BBLAYERS');
  });

  it('takes the samples of the layer with the highest priority', async () => {
    const samples = join(repository.path, 'layers/meta-balena-second/conf/samples');
    await mkdir(samples, { recursive: true });
    await writeFile(join(samples, '../layer.conf'), 'BBFILE_PRIORITY_second = "5"\n');
    for (const name of ['local', 'bblayers'])
      await writeFile(join(samples, `${name}.conf.sample`), '# second\n');
    expect((await configure()).localConf).not.toContain('# second');
    expect((await configure('-t', 'layers/meta-balena-second/conf/samples')).localConf).toContain('# second');
  });

  it('mirrors the log lines, but no value of an additional variable, in barys.log', async () => {
    const cwd = join(repository.path, 'tests');
    await repository.barys(['-n', '-b', 'build-log', '-l', '-a', 'API_TOKEN=verysecret'], { cwd });
    const text = await readFile(join(cwd, 'barys.log'), 'utf8');
    expect(text).toMatch(/\[\d{9}\]\[LOG\]BalenaOS build initialized in directory: build-log\./);
    expect(text).toContain('API_TOKEN=...');
    expect(text).not.toContain('verysecret');
  });
});

describe('the device type files', () => {
  it('are compiled from .coffee and leave other JSON files alone', async () => {
    await writeFile(join(repository.path, 'package.json'), '{"private":true}\n');
    await configure();
    expect(await repository.text('package.json')).toBe('{"private":true}\n');
    const json = JSON.parse(await repository.text('generic-amd64.json'));
    expect(json).toMatchObject({
      slug: 'generic-amd64',
      state: 'RELEASED',
      yocto: {
        deployArtifact: 'balena-image-flasher-generic-amd64.balenaos-img',
        deployRawArtifact: 'balena-image-generic-amd64.balenaos-img',
      },
    });
    expect(json.instructions[2]).toMatch(
      /^The installer copies .* machine off: everything on that disk is lost\.$/,
    );
    expect(JSON.stringify(json)).not.toContain('<%');
  });

  it('are taken as they are when there is no compiler, and asked for when they are missing', async () => {
    const bare = await copyRepository('without-compiler');
    try {
      const refused = await bare.barys(['-n']);
      expect(refused.status).toBe(1);
      expect(refused.stdout).toContain('Could not generate generic-amd64.json, raspberrypi4-64.json');
      for (const base of ['generic-amd64', 'raspberrypi4-64']) {
        await writeFile(join(bare.path, `${base}.json`), JSON.stringify(deviceTypeOf(base)));
      }
      expect((await bare.barys(['-n'])).status).toBe(0);
      expect(await access(join(bare.path, 'build/conf/local.conf'))).toBeUndefined();
    } finally {
      await bare.remove();
    }
  });
});

function deviceTypeOf(machine: string) {
  return { name: machine, slug: machine, yocto: { machine, image: 'balena-image', fstype: 'balenaos-img' } };
}
