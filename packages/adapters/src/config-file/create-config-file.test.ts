import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { asOsrelError, type OsrelError } from '@osrel/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ConfigFileOptions, createConfigFile } from './create-config-file.ts';

let directory = '';
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'osrel-config-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const write = (name: string, content: string | Uint8Array) => writeFile(join(directory, name), content);

async function refusalOf(options: Omit<ConfigFileOptions, 'directory'> = {}): Promise<OsrelError> {
  const error: unknown = await createConfigFile({ directory, ...options })
    .readConfig()
    .catch((thrown: unknown) => thrown);
  const refusal = asOsrelError(error);
  if (refusal === undefined) throw new Error('the file was not refused', { cause: error });
  return refusal;
}

describe('the configuration file of a repository', () => {
  it('may be missing: every value is a default then', async () => {
    const file = createConfigFile({ directory });
    expect(await file.readDocument()).toBeUndefined();
    const config = await file.readConfig();
    expect(config.defaultEnvironment).toBe('local');
    expect(new Set(Object.values(config.origins))).toEqual(new Set(['default']));
  });

  it('may be empty', async () => {
    await write('osrel.yml', '# nothing yet\n');
    expect((await createConfigFile({ directory }).readConfig()).system).toBe('balena-os');
  });

  it('gives every value the line it was written on', async () => {
    await write(
      'osrel.yml',
      'machines:\n  raspberrypi5:\n    tier: beta\nevents:\n  tag: { deploy-s3: false }\n',
    );
    const { origins } = await createConfigFile({ directory }).readConfig();
    expect(origins['machines.raspberrypi5.tier']).toBe('osrel.yml:3');
    expect(origins['machines.raspberrypi5.slug']).toBe('default');
    expect(origins['events.tag.deploy-s3']).toBe('osrel.yml:5');
  });

  it('reports every problem with its line', async () => {
    await write('osrel.yml', 'machines:\n  x:\n    slugg: x\ntests:\n  required: [os, smoke]\n  matrx: []\n');
    const refusal = await refusalOf();
    expect(refusal).toMatchObject({ code: 'config.invalid', exitCode: 2 });
    expect(refusal.problems.map(({ at }) => at)).toEqual([
      'osrel.yml:3 machines.x.slugg',
      'osrel.yml:6 tests.matrx',
      'osrel.yml:5 tests.required[1]',
    ]);
  });

  it('is another file when one is asked for, relative to the repository', async () => {
    await write('other.yml', 'environment: nowhere\n');
    expect((await refusalOf({ file: 'other.yml' })).message).toContain('other.yml:1 environment');
  });

  it('must exist when it is asked for', async () => {
    const refusal = await refusalOf({ file: 'gone.yml' });
    expect(refusal).toMatchObject({ code: 'config.missing', exitCode: 2 });
    expect(refusal.message).toContain('gone.yml');
  });

  it('is refused under a name that is not read', async () => {
    await write('osrel.yaml', 'system: balena-os\n');
    const refusal = await refusalOf();
    expect(refusal.code).toBe('config.misnamed');
    expect(refusal.hint).toContain('--config osrel.yaml');
  });

  it('is refused when it is a folder', async () => {
    expect((await refusalOf({ file: '.' })).code).toBe('config.unreadable');
  });

  it('is refused above one mebibyte', async () => {
    await write('osrel.yml', `#${'x'.repeat(1024 * 1024)}`);
    expect((await refusalOf()).code).toBe('config.too-large');
  });

  it('is refused when it is no UTF-8 text', async () => {
    await write('osrel.yml', Uint8Array.from([0x61, 0x3a, 0x20, 0xff, 0xfe]));
    expect((await refusalOf()).code).toBe('config.unreadable');
  });
});
