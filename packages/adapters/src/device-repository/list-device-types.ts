import { asOsrelError, type DeviceTypeDocument, type Problem } from '@osrel/core';
import type { EvaluateDeviceType } from './evaluate-device-type.ts';
import { FileProblem, malformedFiles } from './file-problem.ts';
import { parseJson, parseYaml } from './parse-document.ts';
import type { RepositoryFiles } from './repository-files.ts';

interface Candidate {
  readonly file: string;
  readonly baseName: string;
  readonly ending: '.coffee' | '.yml' | '.json';
}

/** Files of the root that belong to others, though their ending is one of a device type. */
const NO_DEVICE_TYPE =
  /^(?:\..*|package(?:-lock)?\.json|tsconfig.*\.json|renovate\.json|osrel\.yml|repo\.yml|balena\.yml|docker-compose.*\.yml|.*\.hostapp\.yml)$/;

/**
 * The device types in the root, by file name: every `*.coffee`, and each `*.json` or `*.yml` that has `yocto.machine`
 * or both `slug` and `yocto`. A `<name>.json` beside `<name>.coffee` or `<name>.yml` was generated from that and is
 * left out (balena-automation 1.15). Throws config `device-type.malformed` with the problems of all files at once.
 */
export async function listDeviceTypes(
  files: RepositoryFiles,
  evaluate: EvaluateDeviceType,
): Promise<readonly DeviceTypeDocument[]> {
  const names = ((await files.list('.')) ?? []).filter((entry) => !entry.isFolder).map((entry) => entry.name);
  const documents: DeviceTypeDocument[] = [];
  const problems: Problem[] = [];
  for (const candidate of candidatesOf(names)) {
    const read = await readCandidate(candidate, files, evaluate);
    if (read.kind === 'device-type') documents.push(read.document);
    if (read.kind === 'malformed') problems.push(...read.problems);
  }
  if (problems.length > 0) throw malformedFiles('device-type.malformed', 'a device type', problems);
  return documents;
}

function candidatesOf(names: readonly string[]): readonly Candidate[] {
  const present = new Set(names);
  return names.flatMap((file): readonly Candidate[] => {
    const [, baseName, ending] = /^(.+)(\.coffee|\.yml|\.json)$/.exec(file) ?? [];
    if (baseName === undefined || NO_DEVICE_TYPE.test(file)) return [];
    if (ending === '.coffee' || ending === '.yml') return [{ file, baseName, ending }];
    const isGenerated = present.has(`${baseName}.coffee`) || present.has(`${baseName}.yml`);
    return isGenerated ? [] : [{ file, baseName, ending: '.json' }];
  });
}

type ReadCandidate =
  | { readonly kind: 'device-type'; readonly document: DeviceTypeDocument }
  | { readonly kind: 'malformed'; readonly problems: readonly Problem[] }
  | { readonly kind: 'other-file' };

async function readCandidate(
  candidate: Candidate,
  files: RepositoryFiles,
  evaluate: EvaluateDeviceType,
): Promise<ReadCandidate> {
  const { file, baseName, ending } = candidate;
  let text: string | undefined;
  try {
    text = await files.find(file);
    if (text === undefined) return { kind: 'other-file' };
    const document = await readDocument(candidate, text, evaluate);
    return document === undefined
      ? { kind: 'other-file' }
      : { kind: 'device-type', document: { file, baseName, document } };
  } catch (error) {
    const problems = problemsOf(error, file);
    if (problems === undefined) throw error;
    // A file that nobody can parse is only our business when it looks like a device type.
    const isOurs = ending === '.coffee' || text === undefined || text.includes('yocto');
    return isOurs ? { kind: 'malformed', problems } : { kind: 'other-file' };
  }
}

/** The manifest of a device type; undefined for a file that describes none. */
async function readDocument(
  { file, baseName, ending }: Candidate,
  text: string,
  evaluate: EvaluateDeviceType,
): Promise<unknown> {
  const source = { text, file, slug: baseName };
  if (ending === '.coffee') return evaluate.fromCoffee(source);
  const document = ending === '.yml' ? parseYaml(text, file) : parseJson(text, file);
  if (!describesDeviceType(document)) return undefined;
  return isGenerated(document) ? document : evaluate.fromDocument(document, source);
}

/** Only the generator appends the group "advanced" to the options; it must not do so twice. */
function isGenerated(document: object): boolean {
  const options: unknown = 'options' in document ? document.options : undefined;
  return Array.isArray(options) && options.some((option: unknown) => isAdvancedGroup(option));
}

function isAdvancedGroup(option: unknown): boolean {
  return typeof option === 'object' && option !== null && 'name' in option && option.name === 'advanced';
}

function problemsOf(error: unknown, file: string): readonly Problem[] | undefined {
  if (error instanceof FileProblem) return error.problems;
  const failure = asOsrelError(error);
  return failure?.kind === 'config' ? [{ at: file, message: failure.message }] : undefined;
}

function describesDeviceType(document: unknown): document is object {
  if (typeof document !== 'object' || document === null || !('yocto' in document)) return false;
  const { yocto } = document;
  const hasMachine = typeof yocto === 'object' && yocto !== null && 'machine' in yocto;
  return hasMachine || 'slug' in document;
}
