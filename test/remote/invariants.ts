import { compareOsVersions, parseOsVersion, parseReleaseManifest, type ReleaseManifest } from '@osrel/core';
import { receiptText } from '../pipeline/receipt-text.ts';
import { isWrite, type RemoteRequest } from './remote-servers.ts';
import { type RemoteView, sha256Of, type ViewedRelease } from './view-remote-world.ts';

/*
 * What must hold at every moment of every run, whatever goes wrong (peers 4.2). Each function answers what does not
 * hold, in words; nothing when all is well.
 */

/** Two moments of a world, one write apart. */
export interface Step {
  readonly before: RemoteView;
  readonly after: RemoteView;
  /** Whether something is being taken back on purpose. */
  readonly isUndo: boolean;
}

/** I1: readers see the old version complete or the new one complete, never a mixture. */
export function I1({ after }: Step): readonly string[] {
  return foldersOf(after).flatMap(([folder, names]) => {
    if (names.has('IGNORE')) return [];
    const read = manifestIn(after, folder);
    if (read === undefined) return [`I1: ${folder} is offered without a manifest: ${[...names].join(', ')}`];
    return read.files.flatMap((file) => {
      if (!names.has(file.name)) return isForStore(file) ? [`I1: ${folder} lacks ${file.name}`] : [];
      const object = after.objects.get(`${folder}/${file.name}`);
      const isRight = object !== undefined && `sha256:${sha256Of(object.bytes)}` === file.digest;
      return isRight ? [] : [`I1: ${folder}/${file.name} is not what the manifest says`];
    });
  });
}

/** I2: `latest` never goes back, and never away, but in an undo. */
export function I2({ before, after, isUndo }: Step): readonly string[] {
  if (isUndo) return [];
  return [...before.objects.keys()].filter(isPointer).flatMap((key) => {
    const [from, to] = [textOf(before, key), textOf(after, key)];
    if (to === undefined) return [`I2: ${key} went away`];
    const isBack = compareOsVersions(parseOsVersion(to), parseOsVersion(from ?? to)) < 0;
    return isBack ? [`I2: ${key} went back from ${from} to ${to}`] : [];
  });
}

/** I3: at most one final release of a version in an application. */
export function I3({ after }: Step): readonly string[] {
  const finals = after.releases.filter((release) => release.isFinal && !release.isInvalidated);
  const names = finals.map(({ application, version }) => `${application} ${version}`);
  return [...new Set(names.filter((name, index) => names.indexOf(name) !== index))].map(
    (name) => `I3: ${name} is final more than once`,
  );
}

/** I4: a final release has everything that its manifest promises, forever. */
export function I4({ after }: Step): readonly string[] {
  return after.releases.filter(isOffered).flatMap((release) => {
    const name = `${release.application} ${release.version}`;
    const manifest = manifestOf(release);
    if (manifest === undefined) return [`I4: ${name} is final without its manifest`];
    if (release.row.status !== 'success') return [`I4: ${name} is final with status ${release.row.status}`];
    const files = manifest.files.flatMap((file) => {
      if (!isForStore(file) && file.service === undefined) return [];
      const asset = release.assets.get(file.name);
      const isRight = asset !== null && asset !== undefined && `sha256:${sha256Of(asset)}` === file.digest;
      return isRight || !isForStore(file) ? [] : [`I4: ${name} is final without ${file.name}`];
    });
    const images = release.images.filter(({ isPullable }) => !isPullable);
    return [
      ...files,
      ...(release.images.length === 0 ? [`I4: ${name} is final without an image`] : []),
      ...images.map(({ service }) => `I4: the image of ${service} in ${name} cannot be pulled`),
    ];
  });
}

/** I5: what is finished and done again writes nothing. */
export function I5(again: readonly RemoteRequest[]): readonly string[] {
  return again.filter(isWrite).map(({ target, method, path }) => `I5: ${target} ${method} ${path}`);
}

/**
 * I6: nobody writes a pointer on the ground of an old look: each such write names what it replaces, or is made under a
 * claim where osrel takes the store for one that knows no conditions. Application tags
 * have no such condition on the server; test/engine/rotation-overtaken.test.ts holds the comparison before them.
 */
export function I6(
  writes: readonly { readonly key: string; readonly headers: Readonly<Record<string, unknown>> }[],
): readonly string[] {
  const isClaimed = (pointer: string) => writes.some(({ key }) => key.startsWith(`osrel-claims/${pointer}/`));
  return writes
    .filter(({ key, headers }) => isPointer(key) && !headers['if-match'] && !headers['if-none-match'])
    .filter(({ key }) => !isClaimed(key))
    .map(({ key }) => `I6: ${key} was written whatever it was before`);
}

/** I7: what is withdrawn stays withdrawn, and `latest` never names it. */
export function I7({ before, after }: Step): readonly string[] {
  const back = before.releases
    .filter(({ isInvalidated }) => isInvalidated)
    .filter(({ id }) => after.releases.find((release) => release.id === id)?.isInvalidated !== true)
    .map(({ application, version }) => `I7: ${application} ${version} is offered again`);
  const unmarked = [...before.objects.keys()]
    .filter((key) => key.endsWith('/WITHDRAWN') && !after.objects.has(key))
    .map((key) => `I7: ${key} went away`);
  const named = [...after.objects.keys()].filter(isPointer).flatMap((key) => {
    const folder = key.replace(/latest$/, textOf(after, key) ?? '');
    return after.objects.has(`${folder}/WITHDRAWN`) ? [`I7: ${key} names a withdrawn version`] : [];
  });
  return [...back, ...unmarked, ...named];
}

/**
 * I8: the ledger only grows, so that it tells the state. That a replayed journal gives the very state back is held by
 * packages/core/src/engine/journal-replay.test.ts.
 */
export function I8({ before, after }: Step): readonly string[] {
  return [...before.objects.keys()]
    .filter((key) => /^ledger\/.*\/\d+\.json$/.test(key) && textOf(before, key) !== textOf(after, key))
    .map((key) => `I8: ${key} was changed`);
}

/** I9: no evidence, no final release: a passed receipt names the manifest that the release carries. */
export function I9({ before, after }: Step): readonly string[] {
  const known = new Set(before.releases.filter(({ isFinal }) => isFinal).map(({ id }) => id));
  return after.releases
    .filter((release) => isOffered(release) && !known.has(release.id))
    .flatMap((release) => {
      const manifest = release.assets.get('release-manifest.json');
      const digest = manifest === null || manifest === undefined ? 'none' : sha256Of(manifest);
      const isProven = [...after.objects].some(
        ([key, { bytes }]) => key.startsWith('test-receipts/') && provesPassed(bytes.toString(), digest),
      );
      return isProven ? [] : [`I9: ${release.application} ${release.version} is final without evidence`];
    });
}

/** I10: no secret anywhere: not in what was sent, stored, told or written down. */
export function I10(texts: Iterable<string>, secrets: readonly string[]): readonly string[] {
  const problems = new Set<string>();
  for (const text of texts) {
    for (const secret of secrets) {
      const at = text.indexOf(secret);
      if (at >= 0) problems.add(`I10: a secret follows "${text.slice(Math.max(0, at - 80), at)}"`);
    }
  }
  return [...problems];
}

function foldersOf({ objects }: RemoteView): readonly (readonly [string, ReadonlySet<string>])[] {
  const folders = new Map<string, Set<string>>();
  for (const key of objects.keys()) {
    const [, folder, name] = /^((?:esr-)?images\/[^/]+\/\d[^/]*)\/(.+)$/.exec(key) ?? [];
    if (folder === undefined || name === undefined) continue;
    folders.set(folder, (folders.get(folder) ?? new Set()).add(name));
  }
  return [...folders];
}

function manifestIn({ objects }: RemoteView, folder: string): ReleaseManifest | undefined {
  const object = objects.get(`${folder}/release-manifest.json`);
  return object === undefined ? undefined : readManifest(object.bytes);
}

function manifestOf({ assets }: ViewedRelease): ReleaseManifest | undefined {
  const bytes = assets.get('release-manifest.json');
  return bytes === null || bytes === undefined ? undefined : readManifest(bytes);
}

function readManifest(bytes: Buffer): ReleaseManifest {
  return parseReleaseManifest(JSON.parse(bytes.toString()), 'the manifest');
}

/** Roles that stay in the deploy folder (balena-workflow 5.7, 6.1), told again here: a test must not ask the code. */
const KEPT_BACK: ReadonlySet<string> = new Set([
  'image',
  'block-map',
  'hostapp',
  'extension',
  'contract',
  'composition',
]);

function isForStore({ role, service }: ReleaseManifest['files'][number]): boolean {
  return !KEPT_BACK.has(role) && service === undefined;
}

function isOffered({ isFinal, isInvalidated }: ViewedRelease): boolean {
  return isFinal && !isInvalidated;
}

function isPointer(key: string): boolean {
  return /^(esr-)?images\/[^/]+\/latest$/.test(key);
}

function textOf({ objects }: RemoteView, key: string): string | undefined {
  return objects.get(key)?.bytes.toString().trim();
}

function provesPassed(text: string, manifestSha256: string): boolean {
  const told = receiptText(text);
  return told.includes('"verdict": "passed"') && told.includes(manifestSha256);
}
