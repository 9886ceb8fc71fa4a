import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeFolder, ROOT, runOsrel } from './run-osrel.ts';

const CLI = join(ROOT, 'packages', 'cli');
const isBuilt = existsSync(join(CLI, 'dist', 'bin.js'));

/** A copy of the package in a workspace whose build does nothing, so that no running bundle is replaced. */
async function copyPackage(build = ''): Promise<string> {
  const root = await makeFolder();
  const copy = join(root, 'packages', 'cli');
  await mkdir(join(root, 'scripts'), { recursive: true });
  await writeFile(join(root, 'scripts', 'run.mjs'), build);
  for (const part of ['package.json', 'README.md', 'dist', 'scripts'])
    await cp(join(CLI, part), join(copy, part), { recursive: true });
  return copy;
}

function npm(cwd: string, ...words: readonly string[]) {
  return spawnSync('npm', [...words, '--no-audit', '--no-fund', '--offline', '--cache', join(cwd, '.npm')], {
    cwd,
    encoding: 'utf8',
  });
}

describe.skipIf(!isBuilt)('the published package', () => {
  it('installs alone into an empty folder and works on a device repository', async () => {
    const copy = await copyPackage();
    const before = await readFile(join(copy, 'package.json'), 'utf8');
    const packed = npm(copy, 'pack', '--json');
    expect(packed.status, packed.stderr).toBe(0);
    expect(await readFile(join(copy, 'package.json'), 'utf8')).toBe(before);

    const [{ filename }] = JSON.parse(packed.stdout.slice(packed.stdout.indexOf('[')));
    const place = await makeFolder();
    await writeFile(join(place, 'package.json'), '{"private":true}');
    expect(npm(place, 'install', join(copy, filename)).status).toBe(0);
    const manifest = await readFile(join(place, 'node_modules/osrel/package.json'), 'utf8');
    expect(manifest).not.toMatch(/workspace:|catalog:|ependencies/);

    const file = join(place, 'node_modules/.bin/osrel');
    expect((await runOsrel(['--version'], { file })).stdout).toBe(`${JSON.parse(manifest).version}\n`);
    const repository = await makeFolder();
    await cp(join(ROOT, 'examples/device-repository'), repository, { recursive: true });
    const { stdout, exitCode } = await runOsrel(['device', 'list'], { file, cwd: repository });
    expect(exitCode).toBe(0);
    expect(stdout).toContain('raspberrypi4-64');
  });

  it('leaves the manifest alone when the build fails', async () => {
    const copy = await copyPackage('process.exit(1);');
    const before = await readFile(join(copy, 'package.json'), 'utf8');
    expect(npm(copy, 'pack').status).not.toBe(0);
    expect(await readFile(join(copy, 'package.json'), 'utf8')).toBe(before);
  });

  it('mends the manifest of a pack that was cut short', async () => {
    const copy = await copyPackage();
    const before = await readFile(join(copy, 'package.json'), 'utf8');
    await writeFile(join(copy, '.package.json.original'), before);
    await writeFile(join(copy, 'package.json'), '{}');
    expect(spawnSync(process.execPath, [join(copy, 'scripts/postpack.mjs')]).status).toBe(0);
    expect(await readFile(join(copy, 'package.json'), 'utf8')).toBe(before);
  });
});
