import { createVerify, randomBytes } from 'node:crypto';
import { type ApiAnswer, type Handler, NOT_FOUND, refusal } from './api-answer.ts';
import { described } from './api-description.ts';
import type { GithubApp, GithubState, Grant } from './github-state.ts';

export type Caller =
  | { readonly kind: 'granted'; readonly grant: Grant | undefined }
  | { readonly kind: 'app'; readonly app: GithubApp }
  | { readonly kind: 'refused'; readonly answer: ApiAnswer };

/** What a route asks of its caller; routes that are not listed are those of an app itself. */
const PERMISSIONS: readonly (readonly [RegExp, string])[] = [
  [/\/(pulls|commits\/\{commit_sha\}\/pulls)/, 'Pull requests'],
  [/\/check-runs/, 'Checks'],
  [/\/(status|statuses\/\{sha\})$/, 'Commit statuses'],
  [/\/actions\//, 'Actions'],
];

/** Who the Authorization header belongs to. */
export function identify(header: string | undefined, state: GithubState): Caller {
  if (header === undefined) return { kind: 'granted', grant: undefined };
  const value = header.replace(/^(bearer|token)\s+/i, '');
  const app = state.apps.find((each) => isSignedBy(value, each));
  if (app !== undefined) return { kind: 'app', app };
  const grant = state.tokens.get(value);
  if (grant === undefined) return { kind: 'refused', answer: refusal(401, 'Bad credentials') };
  return { kind: 'granted', grant };
}

/** Undefined when the caller may do that; what may not be seen is not there. */
export function refuse(route: string, caller: Caller, state: GithubState): ApiAnswer | undefined {
  if (caller.kind === 'refused') return caller.answer;
  const permission = PERMISSIONS.find(([pattern]) => pattern.test(route))?.[1];
  if (permission === undefined)
    return caller.kind === 'app' ? undefined : refusal(401, 'A JSON web token could not be decoded');
  if (caller.kind === 'app') return refusal(401, 'Bad credentials');
  const isRead = route.startsWith('GET ');
  const level = caller.grant?.permissions[permission];
  if (level === 'write' || (isRead && level === 'read')) return undefined;
  if (isRead && !state.isPrivate) return undefined;
  if (caller.grant === undefined) return isRead ? NOT_FOUND : refusal(401, 'Requires authentication');
  return state.isPrivate && level === undefined
    ? NOT_FOUND
    : refusal(403, 'Resource not accessible by integration');
}

/** How an app gets the token of its installation. */
export function appRoutes(state: GithubState, caller: () => Caller): Readonly<Record<string, Handler>> {
  return {
    'GET /repos/{owner}/{repo}/installation': () => {
      const current = caller();
      if (current.kind !== 'app') return NOT_FOUND;
      const { id, installationId } = current.app;
      const body = described('installation', {
        id: installationId,
        app_id: id,
        account: described('simple-user', {}),
      });
      return { status: 200, body };
    },
    'POST /app/installations/{installation_id}/access_tokens': ({ parameters }) => {
      const current = caller();
      if (current.kind !== 'app' || `${current.app.installationId}` !== parameters.installation_id) {
        return NOT_FOUND;
      }
      const token = `ghs_${randomBytes(18).toString('hex')}`;
      const { id: appId, permissions } = current.app;
      state.tokens.set(token, { kind: 'installation', appId, permissions });
      return {
        status: 201,
        body: described('installation-token', {
          token,
          // The client compares with its own clock.
          expires_at: new Date(Date.now() + 3_600_000).toISOString(),
          permissions: {},
          repository_selection: 'all',
        }),
      };
    },
  };
}

function isSignedBy(token: string, { id, publicKey }: GithubApp): boolean {
  const [head = '', payload = '', signature = ''] = token.split('.');
  if (signature === '') return false;
  const verified = createVerify('RSA-SHA256')
    .update(`${head}.${payload}`)
    .verify(publicKey, Buffer.from(signature, 'base64url'));
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as { readonly iss?: unknown };
  return verified && `${claims.iss}` === `${id}`;
}
