import { execFile, execFileSync } from 'node:child_process';
import { chmod, mkdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { digestFile } from './file-digest.ts';
import { testFolder } from './test-folder.ts';
import { zipFiles } from './zip-files.ts';
import { centralRecord, endRecords, LOCAL_BYTES, localRecord } from './zip-records.ts';

const run = promisify(execFile);

const hasPython = (() => {
  try {
    execFileSync('python3', ['-c', 'import zipfile'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();

async function filesWith(contents: Readonly<Record<string, string>>) {
  const folder = await testFolder();
  const files: { path: string; source: string }[] = [];
  for (const [path, content] of Object.entries(contents)) {
    const source = join(folder, path);
    await mkdir(dirname(source), { recursive: true });
    await writeFile(source, content);
    files.push({ path, source });
  }
  return files;
}

async function zipped(files: readonly { readonly path: string; readonly source: string }[]) {
  const target = join(await testFolder(), 'out.zip');
  const digest = await zipFiles({ files, target });
  return { target, digest, bytes: await readFile(target) };
}

/** What another implementation reads: name, size, mode, year and content of each entry. */
const READ = `
import json, sys, zipfile
z = zipfile.ZipFile(sys.argv[1])
assert z.testzip() is None
print(json.dumps([[i.filename, i.file_size, oct(i.external_attr >> 16), i.date_time[0], z.read(i).decode()[:20]] for i in z.infolist()]))
`;

describe('a zip archive', () => {
  it('has the same bytes whatever the order and times of its files', async () => {
    const files = await filesWith({ b: '2', 'a/c': '1'.repeat(9000) });
    const first = await zipped(files);
    await utimes(join(files[0]?.source ?? ''), new Date(0), new Date(0));
    const second = await zipped(files.toReversed());
    expect(second.bytes.equals(first.bytes)).toBe(true);
    expect(first.digest).toEqual(await digestFile(first.target));
  });

  it.skipIf(!hasPython)('is read by another program (skipped without python3)', async () => {
    const files = await filesWith({
      'flash.sh': '#!/bin/sh\n',
      'boot/größe.bin': 'x'.repeat(3_000_000),
      empty: '',
    });
    await chmod(files[0]?.source ?? '', 0o700);
    const { target } = await zipped(files);
    const { stdout } = await run('python3', ['-c', READ, target]);
    expect(JSON.parse(stdout)).toEqual([
      ['boot/größe.bin', 3_000_000, '0o100644', 1980, 'x'.repeat(20)],
      ['empty', 0, '0o100644', 1980, ''],
      ['flash.sh', 10, '0o100755', 1980, '#!/bin/sh\n'],
    ]);
  });

  it.skipIf(!hasPython)('may be empty (skipped without python3)', async () => {
    const { stdout } = await run('python3', ['-c', READ, (await zipped([])).target]);
    expect(stdout.trim()).toBe('[]');
  });

  it('fails when a file is missing, and with the reason of the signal', async () => {
    const files = [{ path: 'a', source: join(await testFolder(), 'not-there') }];
    await expect(zipped(files)).rejects.toMatchObject({ code: 'ENOENT' });
    const target = join(await testFolder(), 'out.zip');
    const signal = AbortSignal.abort();
    await expect(zipFiles({ files: await filesWith({ a: '1' }), target, signal })).rejects.toMatchObject({
      name: 'AbortError',
    });
  });
});

describe('the records of a zip archive', () => {
  const entry = {
    path: 'a',
    crc: 1,
    plainBytes: 5 * 2 ** 32,
    packedBytes: 3 * 2 ** 32,
    offset: 7 * 2 ** 32,
    isExecutable: false,
  };

  it('hold sizes and offsets above 4 GiB', () => {
    const local = localRecord(entry);
    expect(local).toHaveLength(LOCAL_BYTES + 1);
    expect(local.readBigUInt64LE(local.length - 16)).toBe(BigInt(entry.plainBytes));
    const central = centralRecord(entry);
    expect(central.readBigUInt64LE(central.length - 8)).toBe(BigInt(entry.offset));
    const end = endRecords({ entries: 70_000, offset: entry.offset, sizeBytes: 10 });
    expect([end.readBigUInt64LE(24), end.readUInt16LE(84), end.readUInt32LE(92)]).toEqual([
      70_000n,
      0xffff,
      0xffff_ffff,
    ]);
  });
});
