import type { Stage } from './stage.ts';

/** What a maintainer asked for when starting a pipeline by hand; undefined means "not asked". */
export interface ManualRequest {
  readonly runTests?: boolean;
  readonly deployHostapp?: boolean;
  readonly deployStore?: boolean;
  readonly forceFinalize: boolean;
  readonly reason?: string;
  readonly environment?: string;
}

/** A finalization without evidence, asked for by a person and recorded. */
export interface ForceRequest {
  readonly reason: string;
}

/**
 * What happened, to which repository, at which commit. A closed union: an event that no case fits is a
 * refusal at the edge, never a guess. `repository` is `owner/name` at the code host, null where unknown.
 */
export type Trigger =
  | {
      readonly kind: 'pull-request';
      readonly repository: string;
      readonly number: number;
      readonly title: string | null;
      /** The commit that was pushed to the pull request's branch; evidence is kept under it. */
      readonly headSha: string;
      /** The commit that is built: the merge preview where the code host makes one, else the head. */
      readonly sha: string;
      readonly headRef: string;
      readonly baseRef: string;
      readonly origin: 'own' | 'fork';
      /** True when the event also carries this repository's secrets (pull_request_target). */
      readonly carriesSecrets: boolean;
    }
  | { readonly kind: 'tag'; readonly repository: string; readonly tag: string; readonly sha: string }
  | { readonly kind: 'branch'; readonly repository: string; readonly branch: string; readonly sha: string }
  | {
      readonly kind: 'manual';
      readonly repository: string;
      readonly ref: string;
      readonly sha: string;
      readonly actor: string | null;
      readonly request: ManualRequest;
    }
  | { readonly kind: 'schedule'; readonly repository: string; readonly ref: string; readonly sha: string }
  | {
      /** A command typed by a person or a script: the stages it names, nothing else. */
      readonly kind: 'command';
      readonly command: 'release' | Stage;
      readonly repository: string | null;
      readonly stages: readonly Stage[];
      /** True for `release --esr`: the version must be an ESR version. */
      readonly demandsEsr: boolean;
      readonly force: ForceRequest | null;
      /** A release to finalize, as given: id, commit or version. */
      readonly release: string | null;
      /** Test matrix entries or suites to run, by name; absent: all. */
      readonly entries?: readonly string[];
      /** A published version whose files may be replaced; absent: none. */
      readonly replacePublished?: string;
    }
  | {
      /** Takes back what was published: a version, or a move of `latest`. */
      readonly kind: 'undo';
      readonly action: 'withdraw' | 'rollback';
      readonly repository: string | null;
      /** Withdraw: the version that goes. Rollback: the one that `latest` returns to; null: the newest before it. */
      readonly version: string | null;
      /** Rollback: whether it is about the ESR pointer. */
      readonly esr: boolean;
      readonly reason: string;
    }
  | {
      /** An event that was understood and asks for nothing. */
      readonly kind: 'nothing';
      readonly repository: string | null;
      readonly because: string;
    };

export type TriggerKind = Trigger['kind'];
