import { type Ports, upstreamFailed } from '@osrel/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { command, tag } from '../builders/plan-of.ts';
import { type EmbeddedRelease, openEmbeddedRelease, planEmbedded } from '../pipeline/embedded-release.ts';
import { runRelease, SMOKE, withPort } from './run-release.ts';

const PREFIX = 'images/raspberrypi4-64/6.5.1';
const MARKER = `${PREFIX}/IGNORE`;

let release: EmbeddedRelease;

beforeEach(async () => {
  release = await openEmbeddedRelease('6.5.1');
});

afterEach(() => release.remove());

const planFull = (ports: Ports = release.ports) =>
  planEmbedded(ports, command('release'), {}, { osrelYml: SMOKE });

const write = (key: string, text: string) =>
  release.ports.objectStore.putText({
    key,
    text,
    mediaType: 'text/plain',
    visibility: 'public',
    expected: { kind: 'anything' },
  });

const textOf = async (key: string) => (await release.ports.objectStore.readText(key))?.text;

describe('files in the store', () => {
  it('that a half upload left are no release: each is compared, the rest is sent (W4)', async () => {
    const { objectStore } = release.ports;
    let sent = 0;
    const failing = withPort(release.ports, 'objectStore', {
      putFile: async (request) => {
        sent += 1;
        if (sent > 5) throw upstreamFailed('store.unavailable', 'the network is gone', { retryable: false });
        return objectStore.putFile(request);
      },
    });
    const plan = await planFull();
    expect(await runRelease(plan, failing)).toMatchObject({ outcome: 'failed' });
    const half = await objectStore.list(`${PREFIX}/`);
    expect(half.map(({ key }) => key)).toContain(MARKER);
    await write(`${PREFIX}/VERSION`, 'another build of this version');
    await write(`${PREFIX}/left-over.txt`, 'of another build');

    expect(await runRelease(plan, release.ports)).toMatchObject({ outcome: 'done' });
    expect(await textOf(`${PREFIX}/VERSION`)).not.toContain('another');
    const keys = (await objectStore.list(`${PREFIX}/`)).map(({ key }) => key);
    expect(keys).toContain(`${PREFIX}/release-manifest.json`);
    expect(keys).not.toContain(MARKER);
    expect(keys).not.toContain(`${PREFIX}/left-over.txt`);
    expect(keys.length).toBeGreaterThan(half.length);
  });

  it('that are published stay as they are when a listing fails, and when they are others (W5)', async () => {
    await write(`${PREFIX}/VERSION`, 'what devices are reading');
    const blind = withPort(release.ports, 'objectStore', {
      list: async () => {
        throw upstreamFailed('store.unavailable', 'the listing failed', { retryable: false });
      },
    });
    const plan = await planFull();
    expect(await runRelease(plan, blind)).toMatchObject({ error: { code: 'store.unavailable' } });
    const seeing = await runRelease(plan, release.ports);
    expect(seeing).toMatchObject({ error: { code: 'store.published-differs' } });
    const there = await release.ports.objectStore.list(`${PREFIX}/`);
    expect(there.map(({ key }) => key)).toEqual([`${PREFIX}/VERSION`]);
    expect(await textOf(`${PREFIX}/VERSION`)).toBe('what devices are reading');
  });

  it('of a private device type are private, latest too, which moves as the very last step (W6)', async () => {
    const plan = await planEmbedded(
      release.ports,
      command('release'),
      { remote: { privacy: 'private' } },
      { osrelYml: SMOKE },
    );
    const run = await runRelease(plan, release.ports);
    expect(run.outcome).toBe('done');
    expect(run.steps.at(-1)).toMatchObject({ kind: 'move-latest', outcome: 'done' });
    const { objectStore } = release.ports;
    const objects = await objectStore.list('images/');
    const found = await Promise.all(objects.map(({ key }) => objectStore.find(key)));
    expect(found.length).toBeGreaterThan(5);
    expect(new Set(found.map((object) => object?.visibility))).toEqual(new Set(['private']));
  });

  it('stay hidden while their release is a draft, and until it is final (W22)', async () => {
    const draft = await planEmbedded(release.ports, tag('v6.5.1'), {});
    expect(draft.stages.finalize).toBe('skip');
    expect(await runRelease(draft, release.ports)).toMatchObject({ outcome: 'done' });
    expect(await release.ports.objectStore.find(MARKER)).toBeDefined();
    expect(await textOf('images/raspberrypi4-64/latest')).toBeUndefined();

    const { objectStore, hostappReleases } = release.ports;
    const watching = withPort(release.ports, 'objectStore', {
      remove: async (key) => {
        const releases = await hostappReleases.list('balena_os/raspberrypi4-64');
        if (key === MARKER) expect(releases).toMatchObject([{ isFinal: true }]);
        return objectStore.remove(key);
      },
    });
    expect(await runRelease(await planFull(), watching)).toMatchObject({ outcome: 'done' });
    expect(await objectStore.find(MARKER)).toBeUndefined();
  });
});
