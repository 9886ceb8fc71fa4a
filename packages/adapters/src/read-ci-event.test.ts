import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { asOsrelError, type OsrelError } from '@osrel/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readCiEvent } from './read-ci-event.ts';

const SHA = 'd'.repeat(40);
const PUSH = {
  ref: 'refs/tags/v6.5.1',
  before: '0'.repeat(40),
  after: SHA,
  created: true,
  repository: { full_name: 'balena-os/balena-generic' },
};

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'osrel-ci-event-'));
  await writeFile(join(folder, 'push.json'), `\uFEFF${JSON.stringify(PUSH)}`);
  await writeFile(join(folder, 'empty.json'), ' \n');
  await writeFile(join(folder, 'broken.json'), '{"ref":');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function refusalOf(question: Parameters<typeof readCiEvent>[0]): Promise<OsrelError> {
  const error: unknown = await readCiEvent(question).catch((thrown: unknown) => thrown);
  const refusal = asOsrelError(error);
  if (refusal === undefined) throw new Error('the event was not refused', { cause: error });
  return refusal;
}

describe('the event of a CI system', () => {
  it("is read from GitHub's event file", async () => {
    const path = join(folder, 'push.json');
    const event = await readCiEvent({
      environment: { CI: 'true', GITHUB_ACTIONS: 'true', GITHUB_EVENT_NAME: 'push', GITHUB_EVENT_PATH: path },
    });
    expect(event).toMatchObject({ provider: 'github', trigger: { kind: 'tag', tag: 'v6.5.1', sha: SHA } });
    expect(event.trace.slice(0, 3)).toEqual([
      'CI=true provider=github because GITHUB_ACTIONS=true',
      `payload from ${path} (GITHUB_EVENT_PATH)`,
      'event=push because GITHUB_EVENT_NAME says so',
    ]);
  });

  it('is replaced by a given file', async () => {
    const event = await readCiEvent({
      environment: { GITHUB_ACTIONS: 'true', GITHUB_EVENT_NAME: 'push', GITHUB_EVENT_PATH: '/nowhere' },
      eventFile: join(folder, 'push.json'),
    });
    expect(event.trace[1]).toContain('push.json (--event)');
  });

  it('is recognised by its shape when a file is replayed on a laptop', async () => {
    const event = await readCiEvent({ environment: {}, eventFile: join(folder, 'push.json') });
    expect(event).toMatchObject({ provider: 'none', trigger: { kind: 'tag' } });
    expect(event.trace[2]).toBe('event=push because the payload has ref and before and after');
  });

  it('is refused outside CI, with the commands to use instead', async () => {
    const refusal = await refusalOf({ environment: {} });
    expect(refusal).toMatchObject({ code: 'ci.not-detected', exitCode: 2 });
    expect(refusal.hint).toContain('--machine and --env');
  });

  it('is refused in a CI system whose events are not read', async () => {
    const refusal = await refusalOf({ environment: { GITLAB_CI: 'true' } });
    expect(refusal).toMatchObject({ code: 'ci.provider-unsupported', exitCode: 2 });
    expect(refusal.message).toContain('gitlab');
  });

  it('is refused when GITHUB_EVENT_PATH is not set', async () => {
    const refusal = await refusalOf({ environment: { GITHUB_ACTIONS: 'true', GITHUB_EVENT_NAME: 'push' } });
    expect(refusal).toMatchObject({ code: 'ci.event-file-missing', exitCode: 2 });
    expect(refusal.message).toContain('GITHUB_EVENT_PATH is not set');
  });

  it.each([
    ['gone.json', 'ci.event-file-missing', 'does not exist'],
    ['', 'ci.event-file-unreadable', 'cannot be read'],
    ['empty.json', 'ci.event-file-not-json', 'it is empty'],
    ['broken.json', 'ci.event-file-not-json', 'is no JSON'],
  ])('is refused when the file is %j', async (name, code, words) => {
    const refusal = await refusalOf({ environment: {}, eventFile: join(folder, name) });
    expect(refusal).toMatchObject({ code, exitCode: 2 });
    expect(refusal.message).toContain(words);
    expect(refusal.message).toContain(join(folder, name));
  });
});
