import {
  badConfig,
  cancelled,
  conflict,
  notPermitted,
  OsrelError,
  refused,
  upstreamFailed,
} from '@osrel/core';
import { z } from 'zod';

/** What was asked, for messages. */
export interface Attempted {
  /** `the checks of commit 0123 in acme/device`. */
  readonly what: string;
  /** What the credential must be allowed: `Checks: read`. */
  readonly permission: string;
  /** Names of the variables that the credential came from. */
  readonly from: string;
}

const failed = z.looseObject({
  status: z.number(),
  response: z.looseObject({ headers: z.record(z.string(), z.unknown()), data: z.unknown() }).optional(),
});
const explained = z.looseObject({ message: z.string(), errors: z.array(z.unknown()).optional() });

/** Longer explanations are cut; a proxy may answer a whole page. */
const LONGEST_EXPLANATION = 200;

/**
 * What went wrong in words of osrel: permission for 401, 403 and 404 (GitHub hides what may not be seen), conflict for
 * 409, refused for a commit that GitHub does not have, upstream for the rest. Retryable: rate limits, 5xx, no answer.
 */
export function githubError(error: unknown, attempted: Attempted): OsrelError {
  const known = causeOf(error);
  if (known !== undefined) return known;
  if (isAbort(error)) {
    return cancelled('github.cancelled', `asking GitHub about ${attempted.what} was interrupted`, {
      hint: 'run the command again; what was done before stays done',
      cause: error,
    });
  }
  const { data } = failed.safeParse(error);
  if (data?.response === undefined) return unreachable(error, attempted);
  const said = explanationOf(data.response.data);
  const answer = { status: data.status, said, cause: undefined };
  if (isRateLimit(data.status, data.response.headers, said)) return rateLimited(answer, attempted);
  return byStatus(answer, attempted);
}

interface Answer {
  readonly status: number;
  readonly said: string;
}

function byStatus({ status, said }: Answer, { what, permission, from }: Attempted): OsrelError {
  const answered = `GitHub answered ${status}${said === '' ? '' : ` (${said})`} to ${what}`;
  switch (status) {
    case 401:
      return notPermitted('github.credential-rejected', `${answered}: it does not accept ${from}`, {
        hint: `put a valid credential into ${from}; it needs the permission ${permission}`,
      });
    case 403:
      return notPermitted('github.forbidden', `${answered}: ${from} may not do that`, {
        hint: `give the credential in ${from} the permission ${permission} (in a workflow: under permissions:)`,
      });
    case 404:
      return notPermitted(
        'github.not-found',
        `${answered}: it is not there, or ${from} may not see it; GitHub does not tell which`,
        {
          hint: `look at the name of the repository, and whether the credential in ${from} may see it (${permission})`,
        },
      );
    case 409:
      return conflict('github.conflict', answered, {
        hint: 'look at what stands there now, then run the command again',
      });
    case 422:
      if (/no commit found/i.test(said)) {
        return refused('github.commit-unknown', answered, { hint: 'push the commit, then run this again' });
      }
      return upstreamFailed('github.rejected', answered, {
        hint: 'this osrel and this GitHub do not understand each other: report it with this message',
      });
    default:
      return upstreamFailed(
        status >= 500 || status === 408 ? 'github.unavailable' : 'github.rejected',
        answered,
        {
          hint: 'look at https://www.githubstatus.com, then run the command again',
          retryable: status >= 500 || status === 408,
        },
      );
  }
}

function rateLimited({ status, said }: Answer, { what, from }: Attempted): OsrelError {
  return upstreamFailed(
    'github.rate-limited',
    `GitHub's rate limit for ${from} is used up (${status}${said === '' ? '' : `, ${said}`}) at ${what}`,
    { hint: 'run the command again later, or with a credential of its own', retryable: true },
  );
}

function unreachable(error: unknown, { what }: Attempted): OsrelError {
  const because = error instanceof Error ? error.message.slice(0, LONGEST_EXPLANATION) : 'no reason given';
  if (error instanceof TypeError && /invalid url/i.test(because)) {
    return badConfig('github.address-malformed', `the address of GitHub's API cannot be used: ${because}`, {
      hint: 'mend github.api in osrel.yml',
    });
  }
  return upstreamFailed('github.unreachable', `no whole answer from GitHub about ${what}: ${because}`, {
    hint: 'look at the network and at github.api in osrel.yml, then run the command again',
    retryable: true,
  });
}

/** A client wraps what its fetch throws. */
function causeOf(error: unknown): OsrelError | undefined {
  for (let each = error; each instanceof Error; each = each.cause) {
    if (each instanceof OsrelError) return each;
  }
  return undefined;
}

function isAbort(error: unknown): boolean {
  for (let each = error; each instanceof Error; each = each.cause) {
    if (each.name === 'AbortError') return true;
  }
  return false;
}

/** GitHub says 403 for both; only the words and headers tell a limit from a missing permission. */
function isRateLimit(status: number, headers: Readonly<Record<string, unknown>>, said: string): boolean {
  if (status === 429) return true;
  return (
    status === 403 &&
    (headers['retry-after'] !== undefined ||
      `${headers['x-ratelimit-remaining']}` === '0' ||
      /rate limit/i.test(said))
  );
}

function explanationOf(data: unknown): string {
  const parsed = explained.safeParse(data);
  if (parsed.success) {
    const { message, errors } = parsed.data;
    const details = errors === undefined ? '' : `: ${JSON.stringify(errors)}`;
    return `${message}${details}`.slice(0, LONGEST_EXPLANATION);
  }
  return typeof data === 'string' && data.trimStart().startsWith('<') ? 'a web page, not JSON' : '';
}
