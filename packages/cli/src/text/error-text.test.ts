import { badConfig, refused, toolFailed } from '@osrel/core';
import { describe, expect, it } from 'vitest';
import { errorDocument, exitCodeOf, renderError } from './error-text.ts';
import { NO_PAINT } from './paint.ts';

const view = { paint: NO_PAINT, stacks: 'hidden', versions: 'osrel 1.2.3, node v24.0.0, linux x64' } as const;

describe('errors for people', () => {
  it('show message, every problem with its place, and the next move', () => {
    const error = badConfig('config.invalid', 'osrel.yml has 2 problems', {
      hint: 'correct them',
      problems: [
        { at: 'osrel.yml:3', message: 'unknown key "machnes"; did you mean "machines"?' },
        { at: 'osrel.yml:9', message: 'needs a list' },
      ],
    });
    expect(renderError(error, view)).toMatchInlineSnapshot(`
      "error[config.invalid]: osrel.yml has 2 problems
        osrel.yml:3: unknown key "machnes"; did you mean "machines"?
        osrel.yml:9: needs a list
      hint: correct them
      "
    `);
  });

  it('show control characters of foreign text instead of obeying them', () => {
    const error = refused('x.y', 'unknown "a\u001b[31m\u0007b"', {
      hint: 'line\nline',
      problems: [{ at: 'a\rb', message: '\u009b2J' }],
    });
    const text = renderError(error, view);
    expect(text).toContain('"a\\x1b[31m\\x07b"');
    expect(text).toContain('  a\\x0db: \\x9b2J');
    expect(text).not.toMatch(/[^\P{Cc}\n]/u);
  });

  it('of a failed build show recipe, task, log and the last lines of it', () => {
    const error = toolFailed('build.task-failed', 'hello do_compile failed: a compiler error', {
      hint: 'see the whole log: osrel logs last build-hostapp',
      details: {
        recipe: 'hello-1.0-r0',
        task: 'do_compile',
        logFile: '/repo/build/tmp/work/hello/temp/log.do_compile.7',
        lastLines: ['\u001b[31mmain.c:3: error\u001b[0m', `make: ${'*'.repeat(1000)}`],
        sizeBytes: 3,
      },
    });
    const text = renderError(error, view);
    expect(text.replaceAll(/\*{100,}/g, '*')).toMatchInlineSnapshot(`
      "error[build.task-failed]: hello do_compile failed: a compiler error
        recipe hello-1.0-r0
        task   do_compile
        log    /repo/build/tmp/work/hello/temp/log.do_compile.7
        its last lines
          | main.c:3: error
          | make: *…
      hint: see the whole log: osrel logs last build-hostapp
      "
    `);
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThan(260);
  });

  it('of a failed build show no more than the end of a long log', () => {
    const lastLines = Array.from({ length: 10_000 }, (_, index) => `line ${index}`);
    const text = renderError(toolFailed('build.failed', 'no', { details: { lastLines } }), view);
    expect(text.split('\n').length).toBeLessThan(30);
    expect(text).toContain('| line 9999');
  });

  it('show the stack and the causes only when asked', () => {
    const error = refused('x.y', 'no', { cause: new Error('the cause') });
    expect(renderError(error, view)).not.toContain('the cause');
    expect(renderError(error, { ...view, stacks: 'shown' })).toContain('caused by: Error: the cause');
  });

  it('of a defect ask for a report with versions', () => {
    expect(renderError(new TypeError('x is undefined'), view)).toMatchInlineSnapshot(`
      "error[defect]: TypeError: x is undefined

      This is a defect of osrel, not of your release. What was finished is kept; nothing is half-done in the journal.
      Please report it with the text below and the command you ran:
        osrel 1.2.3, node v24.0.0, linux x64
      hint: run again with --debug to see where it happened
      "
    `);
  });
});

describe('errors for programs', () => {
  it('carry code, message, hint, exit code and details with all problems', () => {
    const problems = [{ at: 'a', message: 'b' }];
    expect(
      errorDocument(refused('gate.closed', 'no', { hint: 'open it', details: { n: 1 }, problems })),
    ).toEqual({
      schemaVersion: 1,
      error: {
        code: 'gate.closed',
        message: 'no',
        hint: 'open it',
        exitCode: 4,
        details: { n: 1, problems },
      },
    });
  });

  it('of a defect have exit code 70', () => {
    expect(errorDocument('a string').error).toMatchObject({
      code: 'defect',
      exitCode: 70,
      message: 'thrown: a string',
    });
    expect(exitCodeOf(new Error('x'))).toBe(70);
  });
});
