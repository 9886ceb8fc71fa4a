import { toolFailed } from '@osrel/core';
import type { ContainerEngine, LabelledContainer } from '../container-engine.ts';
import { type CallEngine, complaintOf, succeeded } from './engine-program.ts';
import { parseLocalImage } from './parse-local-image.ts';
import { pullImage } from './pull-image.ts';
import { renderRunArguments } from './render-run-arguments.ts';

export interface ContainerEngineOptions {
  readonly name: 'docker' | 'podman';
  readonly file: string;
  readonly isRootless: boolean;
  readonly call: CallEngine;
}

const ANSWER_MS = 60_000;
const CONTAINER_ID = /^[0-9a-f]{12,64}$/;

/** The client of docker or podman as an engine; both understand the same words. */
export function createContainerEngine(options: ContainerEngineOptions): ContainerEngine {
  const { name, file, isRootless } = options;
  // What cleans up runs to its end although the build was told to stop.
  const ask = (words: readonly string[], timeoutMs = ANSWER_MS) =>
    options.call({ file, arguments: words, signal: new AbortController().signal, timeoutMs });
  return {
    name,
    file,
    isRootless,
    runArguments: (run) => renderRunArguments(run, { keepUserIds: isRootless }),
    findImage: async (reference, signal) => {
      const words = ['image', 'inspect', reference];
      const answer = await options.call({ file, arguments: words, signal, timeoutMs: ANSWER_MS });
      return succeeded(answer) ? parseLocalImage(answer.stdout) : undefined;
    },
    pull: (reference, observer) => pullImage({ ...options, reference, observer }),
    execute: async (container, words, { signal, onLine }) => {
      const { end } = await options.call({ file, arguments: ['exec', container, ...words], signal, onLine });
      return end.kind === 'exited' ? end.exitCode : 1;
    },
    listLabelled: (label) => listLabelled(label, ask),
    stop: async (container, graceSeconds) => {
      await ask(['stop', '-t', String(graceSeconds), container], ANSWER_MS + graceSeconds * 1000);
    },
    remove: (container) => remove(container, file, ask),
  };
}

type Ask = (words: readonly string[]) => ReturnType<CallEngine>;

async function listLabelled(
  label: { readonly name: string; readonly value?: string },
  ask: Ask,
): Promise<readonly LabelledContainer[]> {
  const filter = label.value === undefined ? label.name : `${label.name}=${label.value}`;
  const ids = lines(await ask(['ps', '--all', '--quiet', '--no-trunc', '--filter', `label=${filter}`]));
  const found = ids.filter((id) => CONTAINER_ID.test(id));
  const { value } = label;
  if (value !== undefined) return found.map((id) => ({ id, value }));
  const format = `{{index .Config.Labels ${JSON.stringify(label.name)}}}`;
  const answers = found.map(async (id) => {
    const [text] = lines(await ask(['container', 'inspect', '--format', format, id]));
    return text === undefined ? [] : [{ id, value: text }];
  });
  return (await Promise.all(answers)).flat();
}

/** Of an answer that failed there are none: what is asked for may be gone by now. */
function lines(answer: Awaited<ReturnType<CallEngine>>): readonly string[] {
  return succeeded(answer) ? answer.stdout.split('\n').filter((line) => line !== '') : [];
}

/** How often an engine that is removing the container already is asked again; each question takes it some time. */
const REMOVAL_LOOKS = 20;

async function remove(container: string, file: string, ask: Ask): Promise<void> {
  let answer = await ask(['rm', '--force', '--volumes', container]);
  // A container that runs with --rm may be on its way out already; whoever asked wants it to be gone.
  for (let looks = 0; looks < REMOVAL_LOOKS && /already in progress/i.test(answer.complaint); looks += 1) {
    answer = await ask(['rm', '--force', '--volumes', container]);
  }
  if (succeeded(answer) || /no such container|no container with/i.test(answer.complaint)) return;
  throw toolFailed(
    'container.not-removed',
    `${file} could not remove the container ${container}: ${complaintOf(answer)}`,
    { hint: `remove it by hand: ${file} rm --force --volumes ${container}` },
  );
}
