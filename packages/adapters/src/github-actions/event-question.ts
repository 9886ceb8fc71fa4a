import type { Trigger } from '@osrel/core';
import { badUsage, type OsrelError, type Problem } from '@osrel/core';
import type { z } from 'zod';
import type { GithubEnvironment } from './github-environment.ts';

/** What a reader of one event gets. */
export interface EventQuestion {
  /** `push`, `pull_request`, ... */
  readonly name: string;
  readonly payload: unknown;
  readonly environment: GithubEnvironment;
}

/** What an event was read as, with a line for everything that decided it. */
export interface EventAnswer {
  readonly trigger: Trigger;
  readonly trace: readonly string[];
  /** Deployment environment that the event names. */
  readonly deployEnvironment: string | null;
}

/** The fields of the payload that are used; throws usage `ci.event-malformed` naming event, keys and values. */
export function parsePayload<Schema extends z.ZodType>(
  schema: Schema,
  question: EventQuestion,
): z.infer<Schema> {
  const parsed = schema.safeParse(question.payload);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => ({
    at: keyPath(issue.path),
    message: `${issue.message} (is ${showValue(question.payload, issue.path)})`,
  }));
  throw malformedEvent(question.name, problems);
}

/** Usage `ci.event-malformed` for the given problems of one event. */
export function malformedEvent(name: string, problems: readonly Problem[]): OsrelError {
  const [first] = problems;
  const reason =
    first === undefined || problems.length > 1
      ? `${problems.length} problems`
      : `${first.at}: ${first.message}`;
  return badUsage('ci.event-malformed', `the payload of event ${name} is malformed: ${reason}`, {
    problems,
    hint: 'the payload must be the one GitHub wrote; for a replay check --event FILE and GITHUB_EVENT_NAME',
    details: { event: name },
  });
}

/** An event that was understood and asks for nothing. */
export function nothing(
  repository: string | null,
  because: string,
  trace: readonly string[] = [],
): EventAnswer {
  return {
    trigger: { kind: 'nothing', repository, because },
    trace: [...trace, `action=nothing because ${because}`],
    deployEnvironment: null,
  };
}

/** An event that starts something. */
export function started(trigger: Trigger, trace: readonly string[]): EventAnswer {
  return { trigger, trace: [...trace, `action=${trigger.kind}`], deployEnvironment: null };
}

function keyPath(path: readonly PropertyKey[]): string {
  return path.length === 0 ? 'payload' : path.map(String).join('.');
}

function showValue(payload: unknown, path: readonly PropertyKey[]): string {
  const value = path.reduce<unknown>(
    (found, key) =>
      typeof found === 'object' && found !== null && Object.hasOwn(found, key)
        ? Reflect.get(found, key)
        : undefined,
    payload,
  );
  if (value === undefined) return 'missing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'an object';
  const text = JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 80)}...` : text;
}
