import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readConfFile, readSearchedConf } from './read-conf-files.ts';
import { findUnreadNames } from './unread-settings.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'osrel-layers-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

async function write(path: string, text: string): Promise<void> {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await writeFile(join(root, path), text);
}

describe('findUnreadNames', () => {
  const find = (...names: string[]) => findUnreadNames(names, [join(root, 'one'), join(root, 'two')]);

  it('finds a name in recipes, classes and configuration of any depth and layer', async () => {
    await write('one/recipes-a/b/c.inc', 'SUPERVISOR_VERSION ?= "v1"');
    await write('two/classes/x.bbclass', '# [ "$' + '{OS_DEVELOPMENT}" = 1 ]');
    await write('two/lib/y.py', 'd.getVar("FROM_PYTHON")');
    expect(await find('SUPERVISOR_VERSION', 'OS_DEVELOPMENT', 'FROM_PYTHON', 'NOWHERE')).toEqual(['NOWHERE']);
  });

  it('takes a name with an override for the name', async () => {
    await write('one/a.conf', 'NAMED_append = "x"');
    expect(await find('NAMED')).toEqual([]);
  });

  it('wants the whole word, in a file that bitbake reads', async () => {
    await write('one/a.conf', 'MY_NAMED = "x"\nNAMED2 = "y"\nNAMEDX = "z"');
    await write('one/README.md', 'NAMED');
    await write('one/.git/a.conf', 'NAMED');
    expect(await find('NAMED')).toEqual(['NAMED']);
  });

  it('finds nothing in folders that are not there', async () => {
    expect(await find('NAMED')).toEqual(['NAMED']);
  });
});

describe('readConfFile', () => {
  const search = () => ({ root, searchPath: [join(root, 'build'), join(root, 'layer')] });

  it('reads what a file includes in its place, from the first folder that has it', async () => {
    await write('build/conf/local.conf', 'A = "1"\nrequire conf/more.inc\nB = "2"\n');
    await write('layer/conf/more.inc', 'C = "3"\n');
    const found = await readConfFile(join(root, 'build/conf/local.conf'), search());
    expect(found.map(({ name, file, line }) => `${name} ${file}:${line}`)).toEqual([
      'A build/conf/local.conf:1',
      'C layer/conf/more.inc:1',
      'B build/conf/local.conf:3',
    ]);
  });

  it('survives files that include each other, and includes nobody can resolve', async () => {
    await write(
      'build/conf/a.conf',
      'include conf/b.conf\ninclude conf/$' + '{X}.conf\ninclude conf\nA = "1"',
    );
    await write('build/conf/b.conf', 'include conf/a.conf\nB = "2"');
    const found = await readSearchedConf('conf/a.conf', search());
    expect(found.map(({ name }) => name)).toEqual(['B', 'A']);
  });

  it('has nothing to tell of a missing file', async () => {
    expect(await readConfFile(join(root, 'none.conf'), search())).toEqual([]);
  });
});
