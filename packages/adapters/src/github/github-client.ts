import { type Clock, upstreamFailed } from '@osrel/core';
import type { Octokit } from 'octokit';
import { z } from 'zod';
import type { GithubCredential } from './github-credential.ts';
import { type Attempted, githubError } from './github-error.ts';
import { repeatRequest } from './repeat-request.ts';
import { createWatchedFetch } from './watched-fetch.ts';

export interface GithubClientOptions {
  /** Address of the REST API; null: `https://api.github.com`. */
  readonly api: string | null;
  readonly readCredential: () => GithubCredential;
  readonly clock: Clock;
  readonly signal?: AbortSignal;
}

/** One request; `owner` and `repo` are filled in from `repository`. */
export interface GithubCall<Schema extends z.ZodType> extends Pick<Attempted, 'what' | 'permission'> {
  /** `owner/name`. */
  readonly repository: string;
  /** As octokit writes it: `GET /repos/{owner}/{repo}/commits/{ref}/status`. */
  readonly route: string;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly schema: Schema;
}

export interface GithubClient {
  readonly credential: () => GithubCredential;
  /** Reads, and repeats what fails for a moment. */
  readonly read: <Schema extends z.ZodType>(call: GithubCall<Schema>) => Promise<z.infer<Schema>>;
  /** Reads every page; a page that fails fails all of them. */
  readonly readPages: <Schema extends z.ZodType>(
    call: GithubCall<Schema>,
  ) => Promise<readonly z.infer<Schema>[]>;
  /**
   * Asks what is to be written, undefined for nothing, writes it, and asks again before every repetition: a write whose
   * reply was lost is seen, not done twice.
   */
  readonly write: (
    about: Pick<Attempted, 'what' | 'permission'>,
    next: () => Promise<GithubCall<z.ZodType> | undefined>,
  ) => Promise<void>;
}

const PAGE_SIZE = 100;
/** GitHub itself lists no more than a thousand of anything asked here. */
const MOST_PAGES = 50;

interface Answered {
  readonly data: unknown;
  readonly headers: { readonly link?: string | undefined };
}

/** GitHub's REST API for one credential; what comes back is parsed. Connects at the first call. */
export function createGithubClient(options: GithubClientOptions): GithubClient {
  const { clock, signal } = options;
  const connect = connectOnce(options);
  const credential = rememberOnce(options.readCredential);
  const attemptOf = ({ what, permission }: Pick<Attempted, 'what' | 'permission'>): Attempted => ({
    what,
    permission,
    from: credential().from,
  });
  const send = async <Schema extends z.ZodType>(
    call: GithubCall<Schema>,
    more: Readonly<Record<string, unknown>> = {},
  ): Promise<{ data: z.infer<Schema>; link: string }> => {
    const octokit = await connect(call.repository, credential(), attemptOf(call));
    const answer: Answered = await octokit.request(call.route, {
      ...placeOf(call.repository),
      ...call.parameters,
      ...more,
    });
    return { data: parse(call, answer.data), link: answer.headers.link ?? '' };
  };
  const repeating = { clock, signal };
  return {
    credential,
    read: (call) =>
      repeatRequest(async () => (await send(call)).data, { ...repeating, attempted: attemptOf(call) }),
    readPages: async (call) => {
      const pages: z.infer<typeof call.schema>[] = [];
      for (let page = 1; page <= MOST_PAGES; page += 1) {
        const { data, link } = await repeatRequest(() => send(call, { per_page: PAGE_SIZE, page }), {
          ...repeating,
          attempted: attemptOf(call),
        });
        pages.push(data);
        if (!/\brel="?next"?/.test(link)) return pages;
      }
      throw upstreamFailed('github.endless', `GitHub lists more than ${MOST_PAGES} pages of ${call.what}`, {
        hint: 'report it with this message: osrel does not judge by a part of a list',
      });
    },
    write: (about, next) =>
      repeatRequest(
        async () => {
          const call = await next();
          if (call !== undefined) await send(call);
        },
        { ...repeating, attempted: attemptOf(about) },
      ),
  };
}

function parse<Schema extends z.ZodType>(call: GithubCall<Schema>, data: unknown): z.infer<Schema> {
  const parsed = call.schema.safeParse(data);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const where = issue === undefined ? '' : ` (${issue.path.join('.') || 'the answer'}: ${issue.message})`;
  throw upstreamFailed('github.malformed', `GitHub's answer about ${call.what} cannot be read${where}`, {
    hint: 'look at github.api in osrel.yml: is it the REST API of GitHub?',
    retryable: true,
  });
}

function placeOf(repository: string): { readonly owner: string; readonly repo: string } {
  const [owner = '', repo = ''] = repository.split('/');
  return { owner, repo };
}

type Connect = (repository: string, credential: GithubCredential, attempted: Attempted) => Promise<Octokit>;

/** An app asks as its installation in the repository, anybody else as themselves. */
function connectOnce({ api, clock, signal }: GithubClientOptions): Connect {
  const asApp = new Map<string, Promise<Octokit>>();
  let asOne: Promise<Octokit> | undefined;
  const load = async () => {
    const { App, Octokit } = await import('octokit');
    const watched = createWatchedFetch({ clock, ...(signal === undefined ? {} : { signal }) });
    const Client = Octokit.defaults({
      baseUrl: (api ?? 'https://api.github.com').replace(/\/+$/, ''),
      request: { fetch: watched },
      // They repeat writes blindly and sleep by a clock of their own; repeat-request.ts does neither.
      retry: { enabled: false },
      throttle: { enabled: false },
      log: SILENT,
    });
    return { App, Client };
  };
  const loaded = rememberOnce(load);
  const installationOf = async (
    repository: string,
    { appId, privateKey }: Extract<GithubCredential, { kind: 'app' }>,
  ): Promise<Octokit> => {
    const { App, Client } = await loaded();
    const app = new App({ appId, privateKey, Octokit: Client, log: SILENT });
    const { data } = await app.octokit.request('GET /repos/{owner}/{repo}/installation', placeOf(repository));
    // The factory makes it with the class given above; its declared type is that of the bare core.
    return app.getInstallationOctokit(z.looseObject({ id: z.number() }).parse(data).id) as Promise<Octokit>;
  };
  return (repository, credential, attempted) => {
    if (credential.kind !== 'app') {
      asOne ??= loaded().then(
        ({ Client }) => new Client(credential.kind === 'token' ? { auth: credential.token } : {}),
      );
      return asOne;
    }
    const known = asApp.get(repository);
    if (known !== undefined) return known;
    const found = installationOf(repository, credential).catch((error: unknown) => {
      // The next call may be luckier.
      asApp.delete(repository);
      throw githubError(error, {
        ...attempted,
        what: `the installation of the GitHub App in ${repository}`,
        permission: `of an app that is installed in ${repository}`,
      });
    });
    asApp.set(repository, found);
    return found;
  };
}

const SILENT = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

function rememberOnce<Value>(make: () => Value): () => Value {
  let made: { readonly value: Value } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
