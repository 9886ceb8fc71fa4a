import { toolFailed } from '@osrel/core';
import type { FailedTask } from '../build-watch.ts';
import { type Cause, type Evidence, findFirst, findLast, nameOfTask } from './evidence.ts';
import { recipeNameOf } from './task-reference.ts';

/** Why a task failed, the most particular cause first. */
export const TASK_CAUSES: readonly Cause[] = [
  checksumMismatch,
  fetchFailed,
  patchFailed,
  qaIssue,
  taskFailed,
];

function checksumMismatch({ failed, errors, log }: Evidence) {
  const lines = [...errors, ...log];
  const mismatch = findFirst(
    lines,
    /File: '([^']{1,300})' has (\w{1,10}) checksum '?(\w{1,128})'? when '?(\w{1,128})'? was expected/,
  );
  if (failed === undefined) return undefined;
  if (mismatch === undefined && findFirst(lines, /Checksum mismatch/i) === undefined) return undefined;
  const [, file, algorithm, got, expected] = mismatch ?? [];
  const name = file === undefined ? 'a source' : file.slice(file.lastIndexOf('/') + 1);
  const sums = expected === undefined ? '' : `: ${algorithm} is ${got}, the recipe says ${expected}`;
  return toolFailed(
    'build.checksum-mismatch',
    `${name} of ${failed.recipe} is not the file its recipe expects${sums}`,
    {
      hint: `remove it from the downloads folder and try again (bitbake -c cleanall ${recipeNameOf(failed.recipe)}); if it is what upstream now serves, check why before changing the recipe`,
    },
  );
}

const FETCH_ERROR =
  /FetchError\((?:'[^']{0,400}'|"[^"]{0,400}"), '([^']{1,1000})'\)|Fetcher failure for URL: '([^']{1,1000})'|Failed to fetch URL ([^ ,]{1,1000})/;

function fetchFailed({ failed, errors, log }: Evidence) {
  if (failed === undefined) return undefined;
  const lines = [...log, ...errors];
  const match = findLast(lines, FETCH_ERROR);
  const isFetch = failed.task === 'do_fetch' || findLast(lines, /Bitbake Fetcher Error/) !== undefined;
  if (match === undefined && !isFetch) return undefined;
  const url = match?.[1] ?? match?.[2] ?? match?.[3];
  const what = url === undefined ? `a source of ${failed.recipe}` : `${plainUrl(url)} of ${failed.recipe}`;
  const because = whyNotFetched(lines);
  return toolFailed('build.fetch-failed', `${what} could not be fetched${because}`, {
    hint: `check that address and the network, or let a source mirror serve it (SOURCE_MIRROR_URL, sourceMirror in osrel.yml); then try again, or only this: bitbake -c fetch ${recipeNameOf(failed.recipe)}`,
  });
}

const REASONS: readonly (readonly [RegExp, string])[] = [
  [/BB_NO_NETWORK|Network access disabled/, 'network access is disabled (BB_NO_NETWORK)'],
  [/Unable to find revision (\w{4,64})/, 'the revision is not there'],
  [
    /unable to resolve host|Could not resolve host|Temporary failure in name resolution/i,
    'its host name does not resolve',
  ],
  [/Network is unreachable/, 'the network is unreachable'],
  [/Connection refused|Couldn't connect to server/i, 'the connection was refused'],
  [/Permission denied \(publickey|Host key verification failed/, 'ssh has no key for it'],
  [
    /\b(?:40[134]|41\d|50\d) (?:Not Found|Forbidden|Unauthorized|[A-Z][a-z]+)|returned error: [45]\d\d/,
    'the server refused it',
  ],
  [/certificate (?:verif|has expired|problem|is not)/i, 'its certificate is not trusted'],
  [/timed out/i, 'it timed out'],
];

function whyNotFetched(lines: readonly string[]): string {
  const because = REASONS.find(([pattern]) => findLast(lines, pattern) !== undefined)?.[1];
  return because === undefined ? '' : `: ${because}`;
}

/** Without bitbake's parameters and without a password. */
function plainUrl(url: string): string {
  return (url.split(';', 1)[0] ?? url).replace(/\/\/[^/@]{1,500}@/, '//');
}

function patchFailed({ failed, errors, log }: Evidence) {
  if (failed?.task !== 'do_patch') return undefined;
  const lines = [...errors, ...log];
  const name = findLast(lines, /Patch (\S{1,300}) does not apply|Applying patch '?([^\s']{1,300})/);
  const patch = name?.[1] ?? name?.[2];
  const what = patch === undefined ? 'a patch' : patch.slice(patch.lastIndexOf('/') + 1);
  return toolFailed('build.patch-failed', `${what} does not apply to the sources of ${failed.recipe}`, {
    hint: `rebase the patch on the version that is built (bitbake -c devshell ${recipeNameOf(failed.recipe)}), or drop it if upstream has it`,
  });
}

function qaIssue({ failed, errors, log }: Evidence) {
  if (failed === undefined) return undefined;
  const issue =
    findFirst(errors, /QA Issue: (.{1,300})/) ??
    findFirst(log, /^ERROR: (?:\S{1,200} )?QA Issue: (.{1,300})/);
  const isQa = findFirst([...errors, ...log], /Fatal QA errors|QA run found fatal errors/) !== undefined;
  if (issue === undefined && !isQa) return undefined;
  const text = issue?.[1] ?? 'a check of its package failed';
  const check = /\[([\w-]{1,40})\]$/.exec(text)?.[1];
  const skip = check === undefined ? '' : ` or, with a reason, INSANE_SKIP for ${check}`;
  return toolFailed('build.qa-issue', `${failed.recipe} does not pass the checks of packages: ${text}`, {
    hint: `correct the recipe${skip}`,
  });
}

function taskFailed({ failed, errors, log }: Evidence) {
  if (failed === undefined) return undefined;
  const reason = reasonOf(failed, errors, log);
  const detail = reason === undefined ? '' : `: ${reason}`;
  const recipe = recipeNameOf(failed.recipe);
  return toolFailed('build.task-failed', `${nameOfTask(failed)} failed${detail}`, {
    hint: `read its log; start over with \`bitbake -c cleansstate ${recipe}\` when an earlier state may be to blame`,
  });
}

/** What bitbake itself says of every failing task. */
const BOILERPLATE =
  /^(?:Execution of '|ExecutionError\(|Error executing a python function|Function failed: )/;

/** The compiler's first error, Python's exception, or what the recipe itself said. */
function reasonOf(failed: FailedTask, errors: readonly string[], log: readonly string[]): string | undefined {
  const compiler = findFirst(log, /(?<!\w)(?:fatal )?error: (.{1,200})/)?.[1];
  const exception = findLast(errors, /^(?:Exception: )?([\w.]{0,60}(?:Error|Exception): .{1,200})/)?.[1];
  const prefix = `${nameOfTask(failed)}: `;
  const said = errors
    .filter((line) => line.startsWith(prefix))
    .map((line) => line.slice(prefix.length))
    .find((line) => !BOILERPLATE.test(line));
  return compiler ?? exception ?? said;
}
