import { asOsrelError, badConfig } from '@osrel/core';
import type { RunProgram } from '../../program-runner.ts';
import type { BitbakeVersion } from '../settings/bitbake-version.ts';
import type { Obstacle } from './obstacle.ts';

const BEST_LOCALE = 'en_US.UTF-8';
const SIMPLE_LOCALE = 'C.UTF-8';

export interface LocaleRequest {
  readonly runProgram: RunProgram;
  readonly environment: Readonly<Record<string, string>>;
  readonly workingDirectory: string;
  readonly version: BitbakeVersion | undefined;
}

export interface BuildLocale {
  /** For LC_ALL. */
  readonly name: string;
  /** bitbake would not start with the locales of this machine. */
  readonly obstacle?: Obstacle;
}

/**
 * The locale to start bitbake in. It gives tasks en_US.UTF-8 and from 2.0 on refuses to start on a machine that does
 * not have it; before, any UTF-8 locale does. A machine that cannot tell its locales is taken to have it.
 */
export async function chooseLocale(request: LocaleRequest): Promise<BuildLocale> {
  const names = await listLocales(request);
  if (names === undefined || names.some((name) => /^en_US\.utf-?8$/i.test(name)))
    return { name: BEST_LOCALE };
  if (request.version !== undefined && request.version.major < 2) return { name: SIMPLE_LOCALE };
  const error = badConfig(
    'build.no-locale',
    `this machine has no locale ${BEST_LOCALE}, which bitbake needs`,
    {
      hint: `localedef -i en_US -f UTF-8 ${BEST_LOCALE} (package locales on Debian and Ubuntu)`,
    },
  );
  return { name: SIMPLE_LOCALE, obstacle: { at: 'LC_ALL', error } };
}

async function listLocales(request: LocaleRequest): Promise<readonly string[] | undefined> {
  try {
    const { end, stdout } = await request.runProgram({
      file: 'locale',
      arguments: ['-a'],
      workingDirectory: request.workingDirectory,
      environment: request.environment,
      signal: new AbortController().signal,
      keepStdout: 1024 * 1024,
      onLine: () => undefined,
    });
    if (end.kind !== 'exited' || end.exitCode !== 0) return undefined;
    return stdout.split('\n').map((line) => line.trim());
  } catch (error) {
    if (asOsrelError(error)?.code === 'program.not-found') return undefined;
    throw error;
  }
}
