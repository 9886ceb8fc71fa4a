import { OsrelError, toolFailed } from '@osrel/core';
import { describe, expect, it } from 'vitest';
import type { BuildSummary, FailedTask } from '../build-watch.ts';
import { createBuildWatch } from './create-build-watch.ts';
import { diagnoseBuild } from './diagnose-build.ts';
import { recordedLines } from './test-recordings.ts';

const nothing: BuildSummary = createBuildWatch({ now: () => 0 }).summary();

const failedTask = (task: string, changes: Partial<FailedTask> = {}): FailedTask => ({
  recipe: 'hello-1.0-r0',
  task,
  logFile: `/work/build/tmp/work/x/hello/1.0-r0/temp/log.${task}.1`,
  isSetscene: false,
  ...changes,
});

const diagnose = (summary: Partial<BuildSummary>, log: readonly string[] = []) =>
  diagnoseBuild({ summary: { ...nothing, ...summary }, readLog: async () => log });

const diagnoseTask = (task: string, log: readonly string[], errors: readonly string[] = []) =>
  diagnose({ failed: [failedTask(task)], errors }, log);

function summaryOf(name: string): BuildSummary {
  const watched = createBuildWatch({ now: () => 0 });
  for (const line of recordedLines(name)) watched.line(line);
  return watched.summary();
}

describe('diagnoseBuild', () => {
  it.each(['1.46', '2.0', '2.8', '2.19'])(
    'names the cause of every failure recorded with bitbake %s',
    async (version) => {
      const causes = [
        ['fetch-failure', 'build.fetch-failed', 'http://127.0.0.1:1/nothing-1.0.tar.gz'],
        ['killed', 'build.out-of-memory', 'workerkilled-1.0-r0 do_compile'],
        ['disk-full', 'build.disk-full', 'disk space (/home)'],
        ['parse-error', 'build.parse-error', "brokenpy_1.0.bb cannot be parsed: SyntaxError: expected ':'"],
        ['unknown-machine', 'build.unknown-machine', 'machine no-such-machine'],
        ['unknown-target', 'build.no-provider', 'no recipe provides alpah'],
        ['failing', 'build.task-failed', 'do_compile failed'],
        ['bad-option', 'build.failed', '--nope'],
      ] as const;
      for (const [name, code, part] of causes) {
        const { code: told, sentence, hint } = await diagnose(summaryOf(`bitbake-${version}/${name}.log`));
        expect(told, name).toBe(code);
        expect(sentence, name).toContain(part);
        expect(hint, name).not.toBe('');
      }
    },
  );

  it('offers the name that was meant', async () => {
    const { hint } = await diagnose(summaryOf('bitbake-2.19/unknown-target.log'));
    expect(hint).toContain('did you mean alpha?');
  });

  it('knows a stopped build', async () => {
    const lines = { ...summaryOf('recorded/interrupted-once.stdout') };
    expect((await diagnose(lines)).code).toBe('build.interrupted');
  });

  it.each([
    ['do_fetch', ['fatal: Could not resolve host: x.org'], 'build.fetch-failed', 'does not resolve'],
    [
      'do_fetch',
      ['ERROR: Fetcher failure: Unable to find revision abcdef12 in branch main even from upstream'],
      'build.fetch-failed',
      'revision is not there',
    ],
    [
      'do_fetch',
      ['Checksum mismatch!', "File: '/d/a.tgz' has sha256 checksum '11' when '22' was expected"],
      'build.checksum-mismatch',
      'a.tgz of hello-1.0-r0 is not the file its recipe expects: sha256 is 11, the recipe says 22',
    ],
    [
      'do_patch',
      [
        'Applying patch 0001-x.patch',
        'Hunk #1 FAILED at 3.',
        'Patch 0001-x.patch does not apply (enforce with -f)',
      ],
      'build.patch-failed',
      '0001-x.patch does not apply',
    ],
    [
      'do_package_qa',
      [
        'ERROR: QA Issue: no GNU_HASH in the ELF binary [ldflags]',
        'ERROR: Fatal QA errors were found, failing task.',
      ],
      'build.qa-issue',
      '[ldflags]',
    ],
    [
      'do_compile',
      ['a.c:1:2: error: unknown type', 'make: *** [a.o] Error 1'],
      'build.task-failed',
      'unknown type',
    ],
    [
      'do_compile',
      ['c++: fatal error: Killed signal terminated program cc1plus'],
      'build.out-of-memory',
      'cc1plus was killed',
    ],
    ['do_compile', ['Killed'], 'build.out-of-memory', 'hello-1.0-r0 do_compile was killed'],
    ['do_rootfs', ['cp: write error: No space left on device'], 'build.disk-full', 'disk space'],
    [
      'do_compile',
      ["PermissionError: [Errno 1] Operation not permitted: '/proc/self/uid_map'"],
      'build.user-namespaces',
      'user namespaces',
    ],
  ] as const)('tells from the log of %s that ends with %j: %s', async (task, log, code, part) => {
    const diagnosis = await diagnoseTask(task, log);
    expect(diagnosis).toMatchObject({ code, recipe: 'hello-1.0-r0', task });
    expect(diagnosis.sentence).toContain(part);
  });

  it('tells a time limit by the exit status', async () => {
    const errors = ["hello-1.0-r0 do_compile: ExecutionError('/x/run.do_compile.1', 124, None, None)"];
    expect((await diagnoseTask('do_compile', [], errors)).code).toBe('build.task-timeout');
  });

  it.each([
    [
      ['ParseError at /l/a.conf:3: Could not include required file conf/machine/pi9.conf'],
      'build.unknown-machine',
      'machine pi9',
    ],
    [
      ['ParseError at /l/a.bb:3: Could not include required file nope.inc'],
      'build.required-file-missing',
      '/l/a.bb:3 needs nope.inc',
    ],
    [
      ["ParseError at /l/a.bb:7: unparsed line: 'x'"],
      'build.parse-error',
      "/l/a.bb:7 cannot be parsed: unparsed line: 'x'",
    ],
    [
      ["Nothing RPROVIDES 'x' (but /l/a.bb RDEPENDS on or otherwise requires it)"],
      'build.no-provider',
      'the package x, which /l/a.bb needs',
    ],
    [["Please make sure locale 'en_US.UTF-8' is available on your system"], 'build.locale-missing', 'locale'],
    [
      ['Unable to connect to bitbake server, or start one (server startup failures would be in x).'],
      'build.locked',
      'server',
    ],
    [
      [
        " OE-core's config sanity checker detected a potential misconfiguration.\n    Either fix the cause of this error\n    Following is the list of potential problems / advisories:\n\n    Do not use Bitbake as root.",
      ],
      'build.sanity-check',
      'Do not use Bitbake as root.',
    ],
    [
      ['User namespaces are not usable by BitBake, possibly due to AppArmor.'],
      'build.user-namespaces',
      'user namespaces',
    ],
  ] as const)('tells from errors before any task %j: %s', async (errors, code, part) => {
    const diagnosis = await diagnose({ errors });
    expect(diagnosis).toMatchObject({ code, recipe: null, task: null, logFile: null });
    expect(diagnosis.sentence).toContain(part);
  });

  it('has only codes of kind tool', async () => {
    const { code } = await diagnose({});
    expect(code).toBe('build.failed');
    expect(toolFailed(code, '')).toBeInstanceOf(OsrelError);
  });

  it('passes over setscene tasks, whose work was done after all', async () => {
    const failed = [failedTask('do_package_setscene', { isSetscene: true }), failedTask('do_install')];
    expect(await diagnose({ failed })).toMatchObject({ task: 'do_install', code: 'build.task-failed' });
  });

  it('believes the first task, not the errors of the second', async () => {
    const failed = [failedTask('do_compile'), failedTask('do_fetch', { recipe: 'other-2-r0' })];
    const errors = ["other-2-r0 do_fetch: Bitbake Fetcher Error: FetchError('no', 'http://x/y')"];
    expect(await diagnose({ failed, errors })).toMatchObject({
      recipe: 'hello-1.0-r0',
      code: 'build.task-failed',
    });
  });

  it('does not take a task that the user stopped for one that ran out of memory', async () => {
    const stopped = { failed: [failedTask('do_compile')], wasInterrupted: true };
    expect(
      (
        await diagnose({
          ...stopped,
          errors: ["Task (/a/hello_1.0.bb:do_compile) failed with exit code '137'"],
        })
      ).code,
    ).toBe('build.interrupted');
    expect((await diagnose(stopped, ['a.c:1: error: no'])).code).toBe('build.task-failed');
  });

  it("reads the log of a container's task where it is on this machine, and shows its last lines", async () => {
    const asked: [string, number][] = [];
    const log = Array.from({ length: 100 }, (_each, index) => `line ${index}`);
    const diagnosis = await diagnoseBuild({
      summary: { ...nothing, failed: [failedTask('do_compile')] },
      readLog: async (path, count) => {
        asked.push([path, count]);
        return log;
      },
      mappings: [
        { from: '/workshop', to: '/no' },
        { from: '/work/', to: '/home/me/repo/' },
      ],
    });
    const path = '/home/me/repo/build/tmp/work/x/hello/1.0-r0/temp/log.do_compile.1';
    expect(asked).toEqual([[path, 400]]);
    expect(diagnosis.logFile).toBe(path);
    expect(diagnosis.lastLines).toEqual(log.slice(75));
  });

  it('shows the end of the console when there is no log', async () => {
    const request = {
      summary: nothing,
      readLog: async () => undefined,
      consoleLines: ['\u001b[31mred', 'last'],
    };
    expect((await diagnoseBuild(request)).lastLines).toEqual(['red', 'last']);
  });

  it('shows no password of an address', async () => {
    const { sentence } = await diagnoseTask('do_fetch', [
      "FetchError('no', 'https://me:secret@x.org/a.git;branch=b')",
    ]);
    expect(sentence).toContain('https://x.org/a.git of');
  });

  it('stays short and clean whatever a log holds', async () => {
    const log = Array.from({ length: 400 }, () => `error: \u001b[2J\u0000${"FetchError('".repeat(100_000)}`);
    const { sentence, lastLines } = await diagnoseTask('do_fetch', log, log);
    const told = [sentence, ...lastLines];
    expect(Math.max(...told.map(({ length }) => length))).toBeLessThanOrEqual(300);
    expect(told.join('')).not.toMatch(/\p{Cc}/u);
  });
});
