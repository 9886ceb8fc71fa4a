import { STAGES } from '@osrel/core';

export interface NamedEntry {
  /** Id of the test matrix entry. */
  readonly id: string;
  readonly suite: string;
}

export interface NameRules {
  readonly slug: string;
  /** Null: not known. */
  readonly otherSlugs: readonly string[] | null;
  /** Names that osrel.yml gives, by entry or suite. */
  readonly configured: Readonly<Record<string, readonly string[]>>;
}

/** Whether something at the code host is about the device type that is asked about; else why not. */
export type Attribution = { readonly kind: 'ours' } | { readonly kind: 'not-ours'; readonly because: string };

const OWN_PREFIX = 'osrel / ';
const WORKFLOW_FILE = /\.ya?ml$/;

/** Whether osrel itself reports under that name. */
export function isOwnName(name: string): boolean {
  return name.startsWith(OWN_PREFIX);
}

/** Name of the check that osrel itself records for an entry; stages report under names of their own beside it. */
export function suiteCheckName(slug: string, entry: string): string {
  const isStage = (STAGES as readonly string[]).includes(entry);
  return `${OWN_PREFIX}${slug} / ${entry}${isStage ? ' suite' : ''}`;
}

/** Name under which a stage of a run reports. */
export function stageCheckName(slug: string, stage: string): string {
  return `${OWN_PREFIX}${slug} / ${stage}`;
}

/**
 * Whether a check's name stands for an entry: one of the names that osrel.yml gives, else `{suite}`, `{slug} / {suite}`,
 * what osrel records, or the job of a reusable workflow, `<caller> / {suite}`. The own names of other device types and of
 * stages never do.
 */
export function isNameOf(name: string, entry: NamedEntry, rules: NameRules): boolean {
  if (name === suiteCheckName(rules.slug, entry.id)) return true;
  if (isOwnName(name)) return false;
  const names = configuredNames(entry, rules);
  if (names !== null) return names.includes(name);
  return name === entry.id || name.endsWith(` / ${entry.id}`);
}

/** Whether osrel.yml lets whole runs of that workflow file stand for the entry: `checks: { os: ['{slug}.yml'] }`. */
export function isWorkflowOf(file: string, entry: NamedEntry, rules: NameRules): boolean {
  return WORKFLOW_FILE.test(file) && (configuredNames(entry, rules) ?? []).includes(file);
}

/**
 * Which device type a check is about: the one its name or, failing that, its workflow's file names as a whole word.
 * One that names none is about the only device type of the repository, and about none where there are several.
 */
export function attribute(name: string, workflowFile: string | null, rules: NameRules): Attribution {
  const { slug, otherSlugs } = rules;
  const words = name.split(/[\s/,()]+/);
  const foreign = (otherSlugs ?? []).find((other) => words.includes(other));
  if (foreign !== undefined) return { kind: 'not-ours', because: `it is about ${foreign}` };
  if (words.includes(slug)) return { kind: 'ours' };
  const workflow = workflowFile?.replace(WORKFLOW_FILE, '') ?? null;
  if (workflow === slug) return { kind: 'ours' };
  if (workflow !== null && otherSlugs?.includes(workflow) === true) {
    return { kind: 'not-ours', because: `it is about ${workflow}` };
  }
  if (otherSlugs?.length === 0) return { kind: 'ours' };
  return { kind: 'not-ours', because: 'it does not say which device type it is about' };
}

function configuredNames({ id, suite }: NamedEntry, rules: NameRules): readonly string[] | null {
  const written = rules.configured[id] ?? rules.configured[suite];
  if (written === undefined || written.length === 0) return null;
  return written.map((name) => name.replaceAll('{slug}', rules.slug).replaceAll('{suite}', id));
}
