import { readdir, realpath, stat } from 'node:fs/promises';
import { isAbsolute, join, resolve } from 'node:path';
import { badConfig, findNearestName, type OsrelError, refused } from '@osrel/core';
import { isMissing } from '../../if-present.ts';
import { isAtOrBelow } from '../../linux-process.ts';

export interface SuiteSearch {
  /** Absolute path of the repository root. */
  readonly root: string;
  /** As configured: relative to the root, or absolute. */
  readonly suites: string;
}

const NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]*$/;

/**
 * The folder of a suite, absolute and without links: one that holds a `suite.js`. Throws refused `lab.unknown-suite`
 * with the nearest names there are, config `lab.no-suites` without a folder of suites, and config
 * `lab.suite-outside` when a link leads out of the repository (an absolute `suites` may lie anywhere).
 */
export async function findSuiteFolder(suite: string, { root, suites }: SuiteSearch): Promise<string> {
  const folder = resolve(root, suites);
  const known = await listSuites(folder);
  if (!NAME.test(suite) || !known.includes(suite)) throw unknownSuite(suite, folder, known);
  const found = await realpath(join(folder, suite));
  if (isAbsolute(suites) || isAtOrBelow(found, await realpath(root))) return found;
  throw badConfig(
    'lab.suite-outside',
    `suite ${suite} in ${folder} is a link out of the repository, to ${found}`,
    {
      hint: 'copy it into the repository, or write an absolute path for tests.leviathan.suites in osrel.yml',
    },
  );
}

/** Names of the folders that hold a suite, sorted. */
async function listSuites(folder: string): Promise<readonly string[]> {
  const names = await namesIn(folder);
  const isSuite = await Promise.all(names.map((name) => isFile(join(folder, name, 'suite.js'))));
  return names.filter((_, index) => isSuite[index] === true).sort();
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (!isMissing(error)) throw error;
    throw badConfig('lab.no-suites', `there is no folder of test suites at ${folder}`, {
      hint: 'git submodule update --init --recursive, or correct tests.leviathan.suites in osrel.yml',
      cause: error,
    });
  }
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile();
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

function unknownSuite(suite: string, folder: string, known: readonly string[]): OsrelError {
  const nearest = findNearestName(suite, known);
  const all = known.length === 0 ? `no folder in ${folder} holds a suite.js` : `suites: ${known.join(', ')}`;
  return refused('lab.unknown-suite', `there is no suite "${suite}" in ${folder}; ${all}`, {
    hint:
      nearest === undefined
        ? 'correct tests.matrix in osrel.yml'
        : `did you mean "${nearest}"? correct tests.matrix in osrel.yml`,
    details: { suite, known },
  });
}
