import { describe, expect, it } from 'vitest';
import { createLocalWorld } from './create-local-world.ts';
import { createSystemClock } from './create-system-clock.ts';
import { testFolder } from './test-folder.ts';
import { runTestProcess, startTestProcess } from './test-process.ts';

const APPLICATION = 'balena_os/raspberrypi4-64';

async function startWorld() {
  const root = await testFolder();
  const world = createLocalWorld({ root, clock: createSystemClock() });
  await world.hostappApplications.ensure({ slug: APPLICATION, deviceType: 'raspberrypi4-64', tags: {} });
  const script = (body: string) => `
    const { createLocalWorld } = await load('create-local-world');
    const { createSystemClock } = await load('create-system-clock');
    const world = createLocalWorld({ root: ${JSON.stringify(root)}, clock: createSystemClock() });
    ${body}`;
  return { world, script };
}

const PROCESSES = [0, 1, 2];

describe('several processes on one world', () => {
  it('give every release an id of its own', async () => {
    const { world, script } = await startWorld();
    const body = (who: number) => `
      for (let turn = 0; turn < 5; turn += 1) {
        const { id } = await world.hostappReleases.createDraft({
          application: '${APPLICATION}', version: '6.5.1', mark: '${who}-' + turn, sourceSha: '', contract: {}, composition: {},
        });
        console.log(id);
      }`;
    const ids = (await Promise.all(PROCESSES.map((who) => runTestProcess(script(body(who))))))
      .flat()
      .map(Number);
    expect(ids.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 15 }, (_, index) => index + 1));
    const releases = await world.hostappReleases.list(APPLICATION);
    expect(new Set(releases.map(({ mark }) => mark)).size).toBe(15);
  });

  it('never overwrite a tag that another one moved', async () => {
    const { world, script } = await startWorld();
    await world.hostappApplications.writeTag(APPLICATION, { key: 'count', value: '0', expected: null });
    const body = `
      for (let done = 0; done < 6; ) {
        const expected = (await world.hostappApplications.find('${APPLICATION}')).tags.count;
        const change = { key: 'count', value: String(Number(expected) + 1), expected };
        const moved = await world.hostappApplications.writeTag('${APPLICATION}', change).then(() => false, (error) => {
          if (error.code !== 'application.tag-moved') throw error;
          return true;
        });
        if (!moved) done += 1;
      }`;
    await Promise.all(PROCESSES.map(() => runTestProcess(script(body))));
    expect((await world.hostappApplications.find(APPLICATION))?.tags.count).toBe('18');
  });

  it('never overwrite an object whose etag another one changed', async () => {
    const { world, script } = await startWorld();
    const body = `
      for (let done = 0; done < 6; ) {
        const now = await world.objectStore.readText('log');
        const expected = now === undefined ? { kind: 'absent' } : { kind: 'etag', etag: now.etag };
        const put = { key: 'log', text: (now?.text ?? '') + 'x', mediaType: 'text/plain', visibility: 'public', expected };
        const lost = await world.objectStore.putText(put).then(() => false, (error) => {
          if (error.code !== 'store.precondition') throw error;
          return true;
        });
        if (!lost) done += 1;
      }`;
    await Promise.all(PROCESSES.map(() => runTestProcess(script(body))));
    expect((await world.objectStore.readText('log'))?.text).toBe('x'.repeat(18));
  });

  it('go on after one of them was killed in the middle of its changes', async () => {
    const { world, script } = await startWorld();
    const body = `
      for (let turn = 0; ; turn += 1) {
        console.log(turn);
        await world.hostappApplications.writeTag('${APPLICATION}', {
          key: 'turn', value: String(turn), expected: turn === 0 ? null : String(turn - 1) });
      }`;
    const { child, lines } = startTestProcess(script(body));
    for await (const line of lines) if (line === '7') child.kill('SIGKILL');
    const before = (await world.hostappApplications.find(APPLICATION))?.tags.turn ?? '';
    expect(Number(before)).toBeGreaterThanOrEqual(6);
    await world.hostappApplications.writeTag(APPLICATION, { key: 'turn', value: 'end', expected: before });
    expect((await world.hostappApplications.find(APPLICATION))?.tags.turn).toBe('end');
  });
});
