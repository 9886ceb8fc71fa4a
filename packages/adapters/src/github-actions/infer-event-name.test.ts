import { describe, expect, it } from 'vitest';
import { inferEventName } from './infer-event-name.ts';

describe('the event of a payload without a name', () => {
  it.each([
    ['pull_request', { action: 'opened', pull_request: {} }],
    ['push', { ref: 'refs/tags/v1.0.0', before: '', after: '' }],
    ['workflow_dispatch', { inputs: null, ref: 'refs/heads/main' }],
    ['schedule', { schedule: '0 0 * * *' }],
    ['merge_group', { action: 'checks_requested', merge_group: {} }],
    ['release', { action: 'published', release: {} }],
    ['create', { ref: 'v1', ref_type: 'tag', master_branch: 'main' }],
    ['delete', { ref: 'v1', ref_type: 'tag' }],
  ])('is %s by its shape', (name, payload) => {
    expect(inferEventName(payload)?.name).toBe(name);
  });

  it('comes with the keys that told it', () => {
    expect(inferEventName({ schedule: '' })?.because).toBe('the payload has schedule');
    expect(inferEventName({ inputs: {}, ref: '' })?.because).toBe('the payload has inputs and ref');
  });

  it.each([[null], ['push'], [{}], [{ client_payload: {} }]])('is unknown for %j', (payload) => {
    expect(inferEventName(payload)).toBeUndefined();
  });
});
