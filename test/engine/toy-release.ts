import {
  type AnyStepKind,
  defineStepKind,
  eraseStepKind,
  type HostappRelease,
  linkPlan,
  NO_RETRY,
  notDone,
  outputRef,
  type Plan,
  type Ports,
  planStep,
  type RetryPolicy,
  type StepDraft,
} from '@osrel/core';
import { z } from 'zod';
import { portsWith } from '../fakes/ports-with.ts';

/** A server that does again whatever it is asked again: what is done twice stays visible. */
export interface ToyServer {
  readonly releases: { readonly id: number; readonly mark: string }[];
  readonly finalized: number[];
  /** Keys in the order they were written, repetitions included. */
  readonly puts: string[];
  readonly ports: Ports;
}

export function createToyServer(): ToyServer {
  const releases: { id: number; mark: string }[] = [];
  const finalized: number[] = [];
  const puts: string[] = [];
  const asRelease = ({ id, mark }: { id: number; mark: string }) =>
    // The toy step kinds read nothing else of a release.
    ({ id, mark, isFinal: finalized.includes(id) }) as HostappRelease;
  const ports = portsWith({
    hostappReleases: {
      list: async () => releases.map(asRelease),
      createDraft: async ({ mark }) => {
        const release = { id: releases.length + 1, mark };
        releases.push(release);
        return asRelease(release);
      },
      finalize: async (id) => {
        finalized.push(id);
        return asRelease({ id, mark: '' });
      },
    },
    objectStore: {
      readText: async (key) => (puts.includes(key) ? { text: key, etag: '1' } : undefined),
      putText: async ({ key, visibility }) => {
        puts.push(key);
        return { key, sizeBytes: 0, sha256: null, etag: '1', visibility };
      },
    },
  });
  return { releases, finalized, puts, ports };
}

const createDraft = defineStepKind({
  kind: 'create-draft',
  writes: true,
  input: z.object({ mark: z.string() }),
  output: z.object({ releaseId: z.number() }),
  ports: ['hostappReleases'],
  probe: async ({ mark }, { ports }) => {
    const own = (await ports.hostappReleases.list('toy')).find((release) => release.mark === mark);
    return own === undefined
      ? notDone
      : { done: true, output: { releaseId: own.id }, because: `draft ${own.id} has the mark` };
  },
  run: async ({ mark }, { ports }) => {
    const request = {
      application: 'toy',
      version: '1.0.0',
      mark,
      sourceSha: '',
      archives: {},
      contract: {},
      composition: {},
    };
    return { releaseId: (await ports.hostappReleases.createDraft(request)).id };
  },
});

const putText = defineStepKind({
  kind: 'put-text',
  writes: true,
  input: z.object({ key: z.string(), releaseId: z.number() }),
  output: z.object({ key: z.string() }),
  ports: ['objectStore'],
  probe: async ({ key, releaseId }, { ports }) => {
    const found = await ports.objectStore.readText(`${releaseId}/${key}`);
    return found === undefined
      ? notDone
      : { done: true, output: { key: found.text }, because: 'it is stored' };
  },
  run: async ({ key, releaseId }, { ports }) => {
    const request = {
      text: key,
      mediaType: 'text/plain',
      visibility: 'public',
      expected: { kind: 'anything' },
    } as const;
    return { key: (await ports.objectStore.putText({ ...request, key: `${releaseId}/${key}` })).key };
  },
});

const finalize = defineStepKind({
  kind: 'finalize',
  writes: true,
  input: z.object({ releaseId: z.number() }),
  output: z.object({ releaseId: z.number() }),
  ports: ['hostappReleases'],
  probe: async ({ releaseId }, { ports }) => {
    const own = (await ports.hostappReleases.list('toy')).find((release) => release.id === releaseId);
    return own?.isFinal === true ? { done: true, output: { releaseId }, because: 'it is final' } : notDone;
  },
  run: async ({ releaseId }, { ports }) => {
    await ports.hostappReleases.finalize(releaseId);
    return { releaseId };
  },
});

export const toyKinds: ReadonlyMap<string, AnyStepKind> = new Map(
  [eraseStepKind(createDraft), eraseStepKind(putText), eraseStepKind(finalize)].map(
    (kind) => [kind.kind, kind] as const,
  ),
);

/** The same kinds, one of them without a probe: what the crash tests must notice. */
export function toyKindsWithoutProbe(name: string): ReadonlyMap<string, AnyStepKind> {
  return new Map(
    [...toyKinds].map(([kind, step]) => [
      kind,
      kind === name ? { ...step, probe: async () => notDone } : step,
    ]),
  );
}

/** Four steps in a row: draft, asset, finalize, latest. */
export function planToyRelease(retry: RetryPolicy = NO_RETRY): Plan {
  const common = { stage: 'deploy', retry } as const satisfies Partial<StepDraft<unknown>>;
  const draft = planStep(createDraft, {
    ...common,
    id: 'draft',
    summary: 'create the draft',
    with: { mark: 'm1' },
  });
  const releaseId = outputRef(draft, 'releaseId');
  const asset = planStep(putText, {
    ...common,
    id: 'asset',
    summary: 'attach',
    with: { key: 'asset', releaseId },
  });
  const final = planStep(finalize, {
    ...common,
    id: 'final',
    summary: 'finalize',
    with: { releaseId },
    needs: [asset],
  });
  const latest = planStep(putText, {
    ...common,
    id: 'latest',
    summary: 'move latest',
    with: { key: 'latest', releaseId: outputRef(final, 'releaseId') },
  });
  const skipped = (['build', 'test', 'finalize', 'esr'] as const).map((stage) => ({
    rule: `toy.${stage}`,
    outcome: 'skip',
    because: 'a toy has one stage',
    stage,
  }));
  return linkPlan({
    system: 'toy',
    environment: 'local',
    target: { machine: 'toy', slug: 'toy', version: '1.0.0', esr: false },
    trigger: { kind: 'tag', repository: 'toys/toy', tag: 'v1.0.0', sha: 'a'.repeat(40) },
    source: { sha: 'a'.repeat(40), repository: 'toys/toy' },
    stages: { build: 'skip', test: 'skip', deploy: 'run', finalize: 'skip', esr: 'skip' },
    steps: [draft, asset, final, latest].map(({ step }) => step),
    decisions: skipped,
  });
}
