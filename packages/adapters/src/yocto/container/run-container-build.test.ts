import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeTestEngine } from '../../container-engine/test-engine.ts';
import { useRealEngine } from '../../container-engine/test-real-engine.ts';
import {
  CONTAINER,
  makeTestContainerBuild,
  summary,
  type TestContainerBuild,
  TOKEN,
} from './test-container-build.ts';

interface UsableEngine {
  readonly environment: Readonly<Record<string, string>>;
  readonly image: string | null;
  readonly containers: () => Promise<readonly string[]>;
  readonly leaveContainer: (label: string) => Promise<void>;
  readonly remove: () => Promise<void>;
}

/** A build whose server starts a second task as soon as the first has ended, as bitbake's does. */
const TWO_TASKS = `
cd "$WORK" && mkdir -p build
mkfifo build/never
cat > task.sh <<'END'
echo started > build/first; until [ -f build/go ]; do sleep 0.05; done; echo done > build/first-done
END
cat > worker.sh <<'END'
sh task.sh & wait; read -r nothing < build/never
END
cat > server.sh <<'END'
sh worker.sh &
echo $$ > build/bitbake.lock
beat=0
until [ -f build/first-done ]; do beat=$((beat + 1)); echo $beat > build/beat; sleep 0.05; done
echo started > build/second
END
sh server.sh &
wait
`;

const REAL = { docker: process.env.OSREL_TEST_DOCKER, podman: process.env.OSREL_TEST_PODMAN };
const ENGINES: readonly [string, string | undefined, () => Promise<UsableEngine>][] = [
  ['a stand-in engine', 'always', async () => ({ ...(await makeTestEngine()), image: null })],
  ['docker', REAL.docker, () => useRealEngine('docker', REAL.docker ?? '')],
  ['podman', REAL.podman, () => useRealEngine('podman', REAL.podman ?? '')],
];

describe.each(ENGINES)('a build in a container of %s', (name, given, use) => {
  const reason = `needs OSREL_TEST_${name.toUpperCase()}=<path of the engine's client>`;
  describe.skipIf(given === undefined)(given === undefined ? reason : 'which runs', () => {
    let engine: UsableEngine;
    let build: TestContainerBuild;
    const begin = () =>
      build.begin({ container: { ...CONTAINER, engine: engineOf(name), image: engine.image } });

    beforeEach(async () => {
      engine = await use();
      build = await makeTestContainerBuild(engine.environment);
    });
    afterEach(async () => {
      await build.remove();
      await engine.remove();
    });

    it('gets the words, the variables and the secrets, and tells its lines', async () => {
      await build.entry(
        'echo "words $*"; env | sort > "$WORK/environment"; cat "$SECRETS" > "$WORK/seen"; echo >> "$WORK/seen"\n',
      );
      const started = await begin();
      expect(await build.run(started)).toEqual({ kind: 'exited', exitCode: 0 });
      expect(build.lines.join('\n')).toMatch(/words --log --machine qemux86 .* --rm-work/);
      expect(await build.appears('environment')).toMatch(
        new RegExp(`^API_ENV=balena-cloud.com\\nBALENA_TOKEN=${TOKEN}\\nBUILDER_GID=`, 'm'),
      );
      expect(await build.appears('seen')).toContain(`BALENA_API_TOKEN = "${TOKEN}"`);
      await started.finish();
      expect(await engine.containers()).toEqual([]);
      expect(await build.privateFiles()).toEqual([]);
    });

    it('ends with the exit code of the entry script', async () => {
      await build.entry('exit 3\n');
      const started = await begin();
      const end = await build.run(started);
      expect(end).toEqual({ kind: 'exited', exitCode: 3 });
      expect(started.judge(end, summary([]))).toBeUndefined();
      await started.finish();
    });

    it('is gone after its client was killed', async () => {
      await build.entry('echo up > "$WORK/up"; sleep 1000\n');
      const started = await begin();
      const running = build.run(started, { onStart: (pid) => void kill(build, pid) });
      expect(await running).toEqual({ kind: 'killed', signalName: 'SIGKILL' });
      expect(await engine.containers()).toHaveLength(1);
      await started.finish();
      expect(await engine.containers()).toEqual([]);
      expect(await build.privateFiles()).toEqual([]);
    });

    it('finishes its running tasks, and starts no other, when it is asked to end', async () => {
      await build.entry(TWO_TASKS);
      const started = await begin();
      const stop = new AbortController();
      const running = build.run(started, { signal: stop.signal }).catch((error: unknown) => error);
      await build.appears('build/first');
      stop.abort();
      await serverRests(build);
      expect(await engine.containers()).toHaveLength(1);
      await build.write('build/go', '');
      expect(await running).toMatchObject({ kind: 'cancelled' });
      expect(await build.appears('build/first-done')).toBe('done\n');
      await expect(stat(join(build.root, 'build/second'))).rejects.toMatchObject({ code: 'ENOENT' });
      await started.finish();
      expect(await engine.containers()).toEqual([]);
    });

    it('ends at once on the second signal', async () => {
      await build.entry(TWO_TASKS);
      const started = await begin();
      const [stop, endNow] = [new AbortController(), new AbortController()];
      const signals = { signal: stop.signal, endNow: endNow.signal };
      const running = build.run(started, signals).catch((error: unknown) => error);
      await build.appears('build/first');
      stop.abort();
      await serverRests(build);
      endNow.abort();
      expect(await running).toMatchObject({ kind: 'cancelled' });
      await started.finish();
      expect(await engine.containers()).toEqual([]);
      await expect(stat(join(build.root, 'build/first-done'))).rejects.toMatchObject({ code: 'ENOENT' });
    });

    it('ends at once while nothing of bitbake runs yet', async () => {
      await build.entry('echo up > "$WORK/up"; sleep 1000\n');
      const started = await begin();
      const stop = new AbortController();
      const running = build.run(started, { signal: stop.signal }).catch((error: unknown) => error);
      await build.appears('up');
      stop.abort();
      expect(await running).toMatchObject({ kind: 'cancelled' });
      await started.finish();
      expect(await engine.containers()).toEqual([]);
    });

    it('clears what a killed osrel left, and nothing of one that lives', async () => {
      await engine.leaveContainer('io.osrel.owner=dead:1');
      await engine.leaveContainer('io.osrel.owner=alive:2');
      const started = await begin();
      expect(await engine.containers()).toHaveLength(1);
      expect(build.lines.filter((line) => line.includes('left behind'))).toHaveLength(1);
      await started.finish();
      expect(await engine.containers()).toHaveLength(1);
    });
  });
});

function engineOf(name: string): 'docker' | 'podman' {
  return name === 'podman' ? 'podman' : 'docker';
}

async function kill(build: TestContainerBuild, pid: number): Promise<void> {
  await build.appears('up');
  process.kill(pid, 'SIGKILL');
}

/** The stand-in server counts as long as it runs: it rests when the count stands still. */
async function serverRests(build: TestContainerBuild): Promise<void> {
  const readBeat = () => readFile(join(build.root, 'build/beat'), 'utf8');
  for (let same = 0, last = ''; same < 20; ) {
    const beat = await readBeat();
    same = beat === last && beat !== '' ? same + 1 : 0;
    last = beat;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
