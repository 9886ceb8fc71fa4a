import { readGithubTrigger } from '@osrel/adapters';
import { expect } from 'vitest';
import { readPayload } from './read-payload.ts';

export const REPOSITORY = 'balena-os/balena-raspberrypi';
export const HEAD = '3f1c0a9be27d45118c6a0d7e9b5f2241c8e07d13';
export const MERGE = 'c5b7e0d2149af86e3d17b42c90fe51a8d6073be4';
export const TAGGED = '71d2e94c0b8fa53e6690c1d7f24ab8e35f9d6c02';
export const BASE = '9a04d1be5cf7a2e8836b10c4f7d29ae65b3c1f08';

export interface EventCase {
  readonly event: string;
  readonly payload: string;
  readonly change?: Readonly<Record<string, unknown>>;
  readonly environment?: Readonly<Record<string, string>>;
  /** Part of the trigger; all of it for a manual one. */
  readonly trigger: Readonly<Record<string, unknown>>;
  /** Words of the trace. */
  readonly trace?: string;
}

export const nothing = (because: string) => ({
  kind: 'nothing',
  repository: REPOSITORY,
  because: expect.stringContaining(because),
});
export function checkEvent({ event, payload, change, environment, trigger, trace }: EventCase): void {
  const defaultSha = event === 'pull_request' ? MERGE : event === 'push' ? '' : BASE;
  const answer = readGithubTrigger({
    environment: {
      GITHUB_EVENT_NAME: event,
      GITHUB_REPOSITORY: REPOSITORY,
      GITHUB_REF: 'refs/heads/master',
      GITHUB_SHA: defaultSha,
      ...environment,
    },
    event: readPayload(payload, change),
  });
  expect(answer.trigger).toMatchObject(trigger);
  if (trigger.request !== undefined && trigger.kind === 'manual') expect(answer.trigger).toEqual(trigger);
  expect(answer.trace[0]).toBe(`event=${event} because GITHUB_EVENT_NAME says so`);
  expect(answer.trace.at(-1)).toContain(`action=${answer.trigger.kind}`);
  if (trace !== undefined) expect(answer.trace.join('\n')).toContain(trace);
}
