import { spawnSync } from 'node:child_process';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import {
  bitbakeEnvironment,
  makeYoctoRepository,
  NEEDS_BITBAKE,
  REAL_BITBAKE,
  type YoctoRepository,
} from '../builders/yocto-repository.ts';
import { type OsrelOptions, osrel, startOsrel } from './osrel-process.ts';
import { processesIn } from './processes-in.ts';

const LAYER = 'layers/meta-balena-mini';
const BUILD = ['build', '--machine', 'raspberrypi4-64', '--json'];

const open: YoctoRepository[] = [];
afterEach(async () => {
  for (const repository of open.splice(0)) await repository.remove();
});

async function repositoryWith(frontEnd: string, variables: Readonly<Record<string, string>> = {}) {
  const written = Object.entries(variables).map(([name, value]) => `    ${name}: "${value}"\n`);
  const osrelYml = `build:\n  frontend: ${frontEnd}\n${written.length === 0 ? '' : `  variables:\n${written.join('')}`}`;
  const repository = await makeYoctoRepository({ bitbake: REAL_BITBAKE ?? '', osrelYml });
  open.push(repository);
  return repository;
}

function run(repository: YoctoRepository, words: readonly string[], options: OsrelOptions = {}) {
  return osrel(repository.path, words, { ...options, env: { ...bitbakeEnvironment(), ...options.env } });
}

function documentOf(stdout: string) {
  return JSON.parse(stdout) as {
    readonly runId: string;
    readonly outcome: string;
    readonly steps: readonly { readonly id: string; readonly outcome: string }[];
    readonly error?: {
      readonly code: string;
      readonly message: string;
      readonly details: Record<string, unknown>;
    };
  };
}

async function logsOf(repository: YoctoRepository): Promise<readonly string[]> {
  const runs = join(repository.path, '.osrel/runs');
  const [runId = ''] = await readdir(runs);
  return readdir(join(runs, runId, 'logs'), { recursive: true });
}

const isThere = (path: string) =>
  stat(path).then(
    () => true,
    () => false,
  );

describe.skipIf(REAL_BITBAKE === undefined).each(['bitbake', 'barys'])(
  `a real bitbake by %s (${NEEDS_BITBAKE})`,
  (frontEnd) => {
    it('builds a deploy folder, and the second time nothing', { timeout: 120_000 }, async () => {
      const repository = await repositoryWith(frontEnd);
      const first = await run(repository, BUILD);
      expect(first, first.stderr).toMatchObject({ exitCode: 0 });
      const deploy = join(repository.path, 'deploy/raspberrypi4-64/6.5.1+rev1');
      expect(await readdir(deploy)).toEqual(
        expect.arrayContaining([
          'SHA256SUMS',
          'VERSION_HOSTOS',
          'image.json',
          'licenses.tar.gz',
          'release-manifest.json',
        ]),
      );
      const again = await run(repository, BUILD);
      const steps = documentOf(again.stdout).steps.filter(({ id }) => id === 'build-hostapp');
      expect(steps).toMatchObject([{ outcome: 'adopted' }]);
      expect(await processesIn(repository.path)).toEqual([]);
    });

    it('takes over what was built by hand before', { timeout: 120_000 }, async () => {
      const repository = await repositoryWith(frontEnd);
      const byHand = spawnSync('balena-yocto-scripts/build/barys', ['--machine', 'raspberrypi4-64'], {
        cwd: repository.path,
        env: { ...process.env, ...bitbakeEnvironment() },
        encoding: 'utf8',
      });
      expect(byHand.status, byHand.stdout).toBe(0);
      const done = await run(repository, BUILD);
      expect(done, done.stderr).toMatchObject({ exitCode: 0 });
    });

    it('names the failing recipe, its task, the end of its log, and keeps that log', {
      timeout: 120_000,
    }, async () => {
      const repository = await repositoryWith(frontEnd, { MINI_FAIL: 'failing' });
      const { exitCode, stdout, stderr } = await run(repository, BUILD);
      expect(exitCode).toBe(1);
      expect(stderr).toMatch(/failing-1\.0.*do_compile/);
      expect(stderr).toContain('cc1: something went wrong in failing');
      expect(stdout).toContain('build.task-failed');
      expect(await logsOf(repository)).toEqual(
        expect.arrayContaining([expect.stringMatching(/log\.do_compile/)]),
      );
    });

    it('says where a recipe cannot be parsed', { timeout: 120_000 }, async () => {
      const repository = await repositoryWith(frontEnd);
      await repository.write(`${LAYER}/recipes-core/broken/broken_1.0.bb`, 'do_compile() {\n  echo\n');
      repository.commit();
      const { exitCode, stdout, stderr } = await run(repository, BUILD);
      expect(exitCode).toBe(1);
      expect(stdout).toContain('build.parse-error');
      expect(stderr).toMatch(/broken_1\.0\.bb:\d+/);
    });

    it('lets running tasks finish on the first signal, and goes on from there', {
      timeout: 120_000,
    }, async () => {
      const repository = await repositoryWith(frontEnd, { MINI_SECONDS: '4' });
      const running = startOsrel(repository.path, BUILD, { env: bitbakeEnvironment() });
      const stamps = join(repository.path, 'build/tmp/stamps');
      const slowLog = join(repository.path, 'build/tmp/work/raspberrypi4-64/slow/1.0-r0/temp/log.do_compile');
      while (!(await isThere(slowLog))) await new Promise((resolve) => setTimeout(resolve, 50));
      running.kill('SIGINT');
      expect(await running.ended).toMatchObject({ exitCode: 130 });
      expect((await readdir(stamps)).filter((name) => /^slow-.*do_compile/.test(name))).toHaveLength(1);
      expect((await readdir(stamps)).filter((name) => /^balena-image-.*do_image/.test(name))).toEqual([]);
      expect(await processesIn(repository.path)).toEqual([]);
      const again = await run(repository, BUILD);
      expect(again, again.stderr).toMatchObject({ exitCode: 0 });
    });

    it('ends everything at once on the second signal', { timeout: 120_000 }, async () => {
      const repository = await repositoryWith(frontEnd, { MINI_SECONDS: '600' });
      const running = startOsrel(repository.path, BUILD, { env: bitbakeEnvironment() });
      const slowLog = join(repository.path, 'build/tmp/work/raspberrypi4-64/slow/1.0-r0/temp/log.do_compile');
      while (!(await isThere(slowLog))) await new Promise((resolve) => setTimeout(resolve, 50));
      running.kill('SIGTERM');
      await new Promise((resolve) => setTimeout(resolve, 1000));
      running.kill('SIGTERM');
      expect(await running.ended).toMatchObject({ exitCode: 143 });
      expect(await processesIn(repository.path)).toEqual([]);
    });

    it('stops what a killed osrel left running when it is started again', { timeout: 120_000 }, async () => {
      const repository = await repositoryWith(frontEnd, { MINI_SECONDS: '5' });
      const running = startOsrel(repository.path, BUILD, { env: bitbakeEnvironment() });
      const slowLog = join(repository.path, 'build/tmp/work/raspberrypi4-64/slow/1.0-r0/temp/log.do_compile');
      while (!(await isThere(slowLog))) await new Promise((resolve) => setTimeout(resolve, 50));
      running.kill('SIGKILL');
      await running.ended;
      const again = await run(repository, BUILD);
      expect(again, again.stderr).toMatchObject({ exitCode: 0 });
      expect(await processesIn(repository.path)).toEqual([]);
    });

    it('keeps the kept logs free of secrets (W1)', { timeout: 120_000 }, async () => {
      const repository = await repositoryWith(frontEnd);
      await repository.write(
        'osrel.yml',
        `build:\n  frontend: ${frontEnd}\n  variables: { MINI_FAIL: failing }\n  secrets: { SIGN_API_KEY: { env: SIGN_API_KEY } }\n`,
      );
      await repository.write(
        `${LAYER}/recipes-core/failing/failing_1.0.bb`,
        `do_compile() {\n    echo "key is \${SIGN_API_KEY}"\n    exit 1\n}\n`,
      );
      repository.commit();
      const secret = 'sesame-opens-the-door-42';
      const { exitCode, stdout, stderr } = await run(repository, BUILD, { env: { SIGN_API_KEY: secret } });
      expect(exitCode).toBe(1);
      expect(stdout + stderr).not.toContain(secret);
      const runs = join(repository.path, '.osrel');
      const files = await readdir(runs, { recursive: true, withFileTypes: true });
      let seen = 0;
      for (const file of files.filter((each) => each.isFile())) {
        const text = await readFile(join(file.parentPath, file.name), 'utf8');
        expect(text, file.name).not.toContain(secret);
        if (text.includes('key is ***')) seen += 1;
      }
      expect(seen).toBeGreaterThan(0);
    });
  },
);
