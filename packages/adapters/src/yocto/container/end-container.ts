import type { ContainerEngine } from '../../container-engine.ts';

export interface ContainerEnding {
  readonly engine: ContainerEngine;
  readonly name: string;
  /** Absolute path inside the container of bitbake's lock, in which its server's process id stands. */
  readonly lockFile: string;
  readonly signal: AbortSignal;
  readonly onLine: (line: string) => void;
}

/** As long as the entry script may take to stop its own dockerd, which else leaves loop devices behind. */
const GRACE_SECONDS = 10;

/**
 * Holds the bitbake server, so that no task is started any more, and waits until the tasks that run have ended: the
 * grandchildren of the server, started and stamped by its workers without its help. A SIGINT to bitbake would do
 * nothing: the entry script starts barys in the background of a shell without job control, where SIGINT is ignored by
 * all that is started, and barys would go on with the next image. Needs a shell and /proc, nothing else of the image.
 */
const FINISH_RUNNING_TASKS = `
list_children() {
  parent=$1
  for file in /proc/[0-9]*/stat; do
    { read -r line < "$file"; } 2>/dev/null || continue
    set -- \${line##*) }
    [ "$2" = "$parent" ] && [ "$1" != Z ] || continue
    file=\${file#/proc/}
    echo "\${file%/stat}"
  done
}
{ read -r server rest < "$1"; } 2>/dev/null || exit 0
case $server in '' | *[!0-9]*) exit 0 ;; esac
kill -STOP "$server" 2>/dev/null || exit 0
while :; do
  tasks=
  for worker in $(list_children "$server"); do tasks="$tasks$(list_children "$worker")"; done
  [ -z "$tasks" ] && exit 0
  sleep 1
done
`;

/**
 * Lets the running tasks of a build finish, as far as the image has what that takes, and then stops the container. An
 * abort of the signal ends the waiting.
 */
export async function endContainerGently(ending: ContainerEnding): Promise<void> {
  const { engine, name, lockFile, signal, onLine } = ending;
  const words = ['sh', '-c', FINISH_RUNNING_TASKS, 'osrel', lockFile];
  try {
    await engine.execute(name, words, { signal, onLine });
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  await engine.stop(name, GRACE_SECONDS);
}

export interface OwnedContainers {
  readonly engine: ContainerEngine;
  readonly label: { readonly name: string; readonly value: string };
  readonly onLine: (line: string) => void;
}

/** Stops and removes every container of this owner; what cannot be removed is told and left. */
export async function removeOwnedContainers({ engine, label, onLine }: OwnedContainers): Promise<void> {
  for (const { id } of await engine.listLabelled(label)) {
    await removeOne(engine, id, onLine);
  }
}

export interface LeftContainers {
  readonly engine: ContainerEngine;
  readonly labelName: string;
  readonly isGone: (owner: string) => boolean;
  readonly onLine: (line: string) => void;
}

/** Removes the containers of owners that are gone: an osrel that was killed could not. */
export async function removeLeftContainers(left: LeftContainers): Promise<void> {
  const { engine, labelName, isGone, onLine } = left;
  for (const { id, value } of await engine.listLabelled({ name: labelName })) {
    if (!isGone(value)) continue;
    onLine(`removing the container ${id.slice(0, 12)}, left behind by an osrel that was killed`);
    await removeOne(engine, id, onLine);
  }
}

async function removeOne(engine: ContainerEngine, id: string, onLine: (line: string) => void): Promise<void> {
  await engine.stop(id, GRACE_SECONDS);
  await engine.remove(id).catch((error: unknown) => onLine(messageOf(error)));
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
