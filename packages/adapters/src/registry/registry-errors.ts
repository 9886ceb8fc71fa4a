import { conflict, notPermitted, type OsrelError, upstreamFailed } from '@osrel/core';
import { z } from 'zod';
import { isWebPage } from '../is-web-page.ts';

/** Who was asked for what, in words for messages. */
export interface RegistryQuestion {
  /** Host of the registry. */
  readonly host: string;
  readonly repository: string;
  /** `to start an upload`, as the message goes on after "refused". */
  readonly purpose: string;
  /** How the credential is called, such as the name of its environment variable. */
  readonly credential: string | undefined;
}

export interface RefusedReply {
  readonly status: number;
  readonly contentType: string;
  readonly text: string;
  /** Milliseconds that the server asks to wait. */
  readonly retryAfterMs: number | undefined;
}

const LONGEST_QUOTE = 300;
const complaintSchema = z.looseObject({
  errors: z.array(z.looseObject({ code: z.string().optional(), message: z.string().optional() })),
});

/** Codes of the registry protocol in a reply, such as `BLOB_UPLOAD_UNKNOWN`. */
export function complaintCodes(text: string): readonly string[] {
  return (parseComplaint(text)?.errors ?? []).flatMap(({ code }) => (code === undefined ? [] : [code]));
}

/** The error for a reply that is not what was asked for; its status decides the kind and whether a retry can help. */
export function replyError(question: RegistryQuestion, reply: RefusedReply): OsrelError {
  const { status } = reply;
  const said = `registry ${question.host} refused ${question.purpose} (repository ${question.repository}): ${quote(reply)}`;
  if (status === 401 || status === 403) return notAllowed(question, said);
  if (status === 429) return busy(said, reply);
  if (status === 507) {
    return upstreamFailed('registry.full', said, { hint: 'free space in the registry, then run it again' });
  }
  if (status === 409 || status === 412) {
    return conflict('registry.conflict', said, {
      hint: 'see whether the registry lets tags be moved, and who else pushes there',
    });
  }
  if (status === 408 || status >= 500) return unavailable(said, reply);
  if (status < 400) {
    return upstreamFailed('registry.not-a-registry', said, {
      hint: `see what answers at ${question.host}: a proxy or a login page answers like this`,
      retryable: true,
    });
  }
  if (status === 404) {
    return upstreamFailed('registry.not-found', said, {
      hint: 'check the name of the image; a registry also answers so to somebody who may not see it',
    });
  }
  return upstreamFailed('registry.rejected', said);
}

/** The error for a connection that failed before there was a reply. */
export function connectionError(question: RegistryQuestion, cause: unknown): OsrelError {
  const reason = cause instanceof Error ? connectionReason(cause) : String(cause);
  return upstreamFailed(
    'registry.unreachable',
    `registry ${question.host} did not answer ${question.purpose} (repository ${question.repository}): ${reason}`,
    { hint: 'check the network and the address of the registry', retryable: true, cause },
  );
}

function notAllowed({ credential, purpose }: RegistryQuestion, said: string): OsrelError {
  const pulls = purpose.includes('read');
  return notPermitted('registry.refused', said, {
    hint:
      credential === undefined
        ? `log in with docker login, with an account that may ${pulls ? 'pull' : 'push'} there`
        : `${credential} has to be the key of an account that may ${pulls ? 'pull from' : 'push to'} this repository`,
  });
}

function busy(said: string, { retryAfterMs }: RefusedReply): OsrelError {
  return upstreamFailed('registry.busy', said, {
    hint: 'wait until the registry takes requests again',
    retryable: true,
    ...(retryAfterMs === undefined ? {} : { details: { retryAfterMs } }),
  });
}

function unavailable(said: string, { retryAfterMs }: RefusedReply): OsrelError {
  return upstreamFailed('registry.unavailable', said, {
    hint: 'try again when the registry works',
    retryable: true,
    ...(retryAfterMs === undefined ? {} : { details: { retryAfterMs } }),
  });
}

function quote({ status, contentType, text }: RefusedReply): string {
  if (isWebPage(contentType)) return `${status} with an HTML page, not an answer of a registry`;
  const first = parseComplaint(text)?.errors[0];
  const words =
    first === undefined ? '' : [first.code, first.message].filter((word) => word !== undefined).join(', ');
  return words === '' ? `status ${status}` : `${status} ${withoutQueries(words).slice(0, LONGEST_QUOTE)}`;
}

function parseComplaint(text: string): z.infer<typeof complaintSchema> | undefined {
  try {
    return complaintSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

/** Addresses may carry a signature or a token behind their question mark. */
function withoutQueries(text: string): string {
  return text.replaceAll(/(https?:\/\/[^\s?"']+)\?[^\s"']*/g, '$1').replaceAll(/\p{Cc}+/gu, ' ');
}

function connectionReason(error: Error): string {
  const inner = error instanceof AggregateError ? error.errors.find((each) => each instanceof Error) : error;
  return withoutQueries(inner instanceof Error && inner.message !== '' ? inner.message : error.name);
}
