import { readGithubTrigger } from '@osrel/adapters';
import { asOsrelError, type OsrelError } from '@osrel/core';
import { describe, expect, it } from 'vitest';
import { readPayload } from './read-payload.ts';

interface Refusal {
  readonly event: string;
  readonly payload: unknown;
  readonly environment?: Readonly<Record<string, string>>;
}

function refusalOf({ event, payload, environment }: Refusal): OsrelError {
  try {
    readGithubTrigger({ environment: { GITHUB_EVENT_NAME: event, ...environment }, event: payload });
  } catch (error) {
    const refusal = asOsrelError(error);
    if (refusal === undefined) throw error;
    return refusal;
  }
  throw new Error(`event ${event} was not refused`);
}

describe('an event that nobody planned for', () => {
  it.each([
    ['repository_dispatch', 'repository-dispatch'],
    ['workflow_run', 'workflow-run'],
    ['issue_comment', 'repository-dispatch'],
    ['toString', 'push-tag'],
  ])('refuses %s and lists the known events', (event, payload) => {
    const refusal = refusalOf({ event, payload: readPayload(payload) });
    expect(refusal).toMatchObject({ code: 'ci.event-unknown', exitCode: 2 });
    expect(refusal.message).toContain(event);
    expect(refusal.hint).toContain('pull_request, pull_request_target, push, workflow_dispatch, schedule');
  });

  it('says that a called workflow has the event name of its caller', () => {
    expect(refusalOf({ event: 'workflow_call', payload: {} }).hint).toContain('event name of its caller');
  });

  it('refuses an unknown action of a pull request', () => {
    const payload = readPayload('pull-request-opened', { action: 'teleported' });
    const refusal = refusalOf({ event: 'pull_request', payload });
    expect(refusal.code).toBe('ci.event-unknown');
    expect(refusal.message).toContain('teleported');
  });
});

describe('a malformed payload', () => {
  it.each([
    ['push', 'push-tag', { after: 'HEAD' }, 'after', '"HEAD"'],
    ['push', 'push-tag', { ref: 'refs/tags/v1..2' }, 'ref', 'git'],
    ['push', 'push-tag', { ref: 'refs/tags/--upload-pack=x' }, 'ref', '--upload-pack'],
    ['push', 'push-tag', { ref: 'refs/heads/a b' }, 'ref', 'a b'],
    ['push', 'push-tag', { ref: 'refs/notes/commits' }, 'ref', 'refs/notes/commits'],
    ['push', 'push-tag', { ref: 'refs/heads/x.lock' }, 'ref', 'x.lock'],
    ['push', 'push-tag', { 'repository.full_name': '../../etc' }, 'repository.full_name', '../../etc'],
    ['push', 'push-tag', { repository: undefined }, 'repository', 'missing'],
    [
      'pull_request',
      'pull-request-opened',
      { 'pull_request.head.sha': 'abc' },
      'pull_request.head.sha',
      'abc',
    ],
    ['pull_request', 'pull-request-opened', { 'pull_request.number': '812' }, 'pull_request.number', '812'],
    ['pull_request', 'push-tag', {}, 'pull_request', 'missing'],
    ['workflow_dispatch', 'workflow-dispatch-strings', { inputs: 'x' }, 'inputs', '"x"'],
    ['workflow_dispatch', 'workflow-dispatch-strings', { 'sender.login': 'a b' }, 'sender.login', 'a b'],
  ])('%s: names event, key and value of %s %j', (event, name, change, key, value) => {
    const refusal = refusalOf({ event, payload: readPayload(name, change) });
    expect(refusal).toMatchObject({ code: 'ci.event-malformed', exitCode: 2 });
    expect(refusal.message).toContain(`event ${event}`);
    const problem = refusal.problems.find(({ at }) => at === key);
    expect(problem?.message).toContain(value);
  });

  it('reports every problem at once', () => {
    const payload = readPayload('pull-request-opened', {
      'pull_request.head.sha': 'abc',
      'pull_request.base.ref': '..',
      'pull_request.head.repo.full_name': 'nobody',
    });
    const places = refusalOf({ event: 'pull_request', payload }).problems.map(({ at }) => at);
    expect(new Set(places)).toEqual(
      new Set(['pull_request.head.repo.full_name', 'pull_request.head.sha', 'pull_request.base.ref']),
    );
  });

  it.each([[null], [[]], ['text'], [7]])('refuses a payload that is %j', (payload) => {
    expect(refusalOf({ event: 'push', payload }).code).toBe('ci.event-malformed');
  });

  it('cuts a long value short', () => {
    const payload = readPayload('push-tag', { after: 'x'.repeat(5000) });
    expect(refusalOf({ event: 'push', payload }).message.length).toBeLessThan(300);
  });
});

describe('an event without a commit', () => {
  const dispatch = { event: 'workflow_dispatch', payload: readPayload('workflow-dispatch-no-inputs') };

  it('is refused where neither GITHUB_SHA nor a checkout tells it', () => {
    expect(refusalOf(dispatch).problems).toEqual([
      { at: 'GITHUB_SHA', message: 'is not set, and the payload names no commit' },
    ]);
  });

  it('takes the commit of the checkout', () => {
    const headSha = 'b'.repeat(40);
    const { trigger, trace } = readGithubTrigger({
      environment: { GITHUB_EVENT_NAME: 'workflow_dispatch' },
      event: dispatch.payload,
      headSha,
    });
    expect(trigger).toMatchObject({ kind: 'manual', sha: headSha });
    expect(trace.join('\n')).toContain('(checkout: GITHUB_SHA is not set)');
  });

  it('names both missing facts of a timer', () => {
    const refusal = refusalOf({ event: 'schedule', payload: { schedule: '0 0 * * *' } });
    expect(refusal.problems.map(({ at }) => at)).toEqual(['repository', 'GITHUB_REF']);
  });
});
