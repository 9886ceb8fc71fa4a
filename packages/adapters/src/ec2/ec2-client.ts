import type { Clock } from '@osrel/core';
import type { z } from 'zod';
import { MOST_ATTEMPTS } from '../with-retries.ts';
import {
  type Ec2Failure,
  explainEc2Failure,
  isTransient,
  readEc2Failure,
  UNREADABLE,
} from './ec2-failure.ts';

type Sdk = typeof import('./ec2-sdk.ts');
type Client = InstanceType<Sdk['EC2Client']>;

export interface Ec2ClientOptions {
  readonly region: string;
  /** Null: AWS. */
  readonly endpoint: string | null;
  readonly clock: Clock;
  /** Milliseconds without a byte after which a connection is given up; default 60 000. */
  readonly silenceMs?: number;
}

export interface Ec2Call<Answer> {
  /** `RegisterImage`, as IAM names it. */
  readonly action: string;
  /** What it is about, for messages. */
  readonly what: string;
  readonly signal?: AbortSignal | undefined;
  readonly send: (
    client: Client,
    sdk: Sdk,
    options: { readonly abortSignal?: AbortSignal },
  ) => Promise<unknown>;
  readonly answer: z.ZodType<Answer>;
}

/** EC2 of one region: every call is safe to repeat, and is repeated a few times while the failure may pass. */
export interface Ec2 {
  call<Answer>(call: Ec2Call<Answer>): Promise<Answer>;
  /** Looks up to five times, two seconds apart, until the answer is true: EC2 answers from replicas. */
  confirm(look: () => Promise<boolean>, signal?: AbortSignal): Promise<boolean>;
}

const FIRST_DELAY_MS = 1_000;
const LONGEST_RETRY_AFTER_MS = 60_000;
const LOOK_EVERY_MS = 2_000;

/** Credentials come from the SDK's own chain: environment, profile, OIDC role, instance. */
export function createEc2Client(options: Ec2ClientOptions): Ec2 {
  const { clock, region } = options;
  const opened = { now: undefined as Promise<{ readonly client: Client; readonly sdk: Sdk }> | undefined };
  const open = () => {
    opened.now ??= openClient(options);
    return opened.now;
  };
  return {
    call: async (call) => {
      const { client, sdk } = await open();
      for (let attempt = 1; ; attempt += 1) {
        call.signal?.throwIfAborted();
        const sent = await sendOnce(call, client, sdk);
        if (sent.kind === 'answer') return sent.answer;
        if (attempt === MOST_ATTEMPTS || !isTransient(sent.failure))
          throw explainEc2Failure(sent.failure, { action: call.action, region, what: call.what }, sent.cause);
        await clock.sleep(delayOf(sent.failure, attempt), call.signal);
      }
    },
    confirm: async (look, signal) => {
      for (let looks = 1; ; looks += 1) {
        if (await look()) return true;
        if (looks === MOST_ATTEMPTS) return false;
        await clock.sleep(LOOK_EVERY_MS, signal);
      }
    },
  };
}

async function openClient({ region, endpoint, silenceMs = 60_000 }: Ec2ClientOptions) {
  const sdk = await import('./ec2-sdk.ts');
  const client = new sdk.EC2Client({
    region,
    ...(endpoint === null ? {} : { endpoint }),
    // Repeating is done here, by the clock that comes from outside.
    maxAttempts: 1,
    requestHandler: { connectionTimeout: 10_000, socketTimeout: silenceMs },
  });
  return { client, sdk };
}

type Sent<Answer> =
  | { readonly kind: 'answer'; readonly answer: Answer }
  | { readonly kind: 'failure'; readonly failure: Ec2Failure; readonly cause: unknown };

async function sendOnce<Answer>(call: Ec2Call<Answer>, client: Client, sdk: Sdk): Promise<Sent<Answer>> {
  try {
    const raw = await call.send(client, sdk, call.signal === undefined ? {} : { abortSignal: call.signal });
    const parsed = call.answer.safeParse(raw);
    if (parsed.success) return { kind: 'answer', answer: parsed.data };
    return { kind: 'failure', failure: unreadable(), cause: parsed.error };
  } catch (error) {
    call.signal?.throwIfAborted();
    const failure = readEc2Failure(error);
    if (failure === undefined) throw error;
    return { kind: 'failure', failure, cause: error };
  }
}

function unreadable(): Ec2Failure {
  return {
    code: UNREADABLE,
    message: 'the answer is none of EC2; is there a proxy in between?',
    status: 200,
    retryAfterMs: null,
    isClockCorrected: false,
  };
}

function delayOf({ retryAfterMs }: Ec2Failure, attempt: number): number {
  if (retryAfterMs !== null) return Math.min(retryAfterMs, LONGEST_RETRY_AFTER_MS);
  return FIRST_DELAY_MS * 2 ** (attempt - 1);
}
