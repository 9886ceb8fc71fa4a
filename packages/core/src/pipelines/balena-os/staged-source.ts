import type { Situation } from './situation.ts';

/**
 * Whether the deploy folder holds a build of the source that is released: of its commit, or of another commit with the
 * same tree, as a pull request's merge preview is (balena-workflow W11).
 */
export function isStagedFromSource({ facts, sourceSha }: Pick<Situation, 'facts' | 'sourceSha'>): boolean {
  const { deployFolder, source } = facts;
  if (deployFolder === null) return false;
  if (deployFolder.sourceSha === sourceSha) return true;
  return sourceSha === source.sha && source.tree !== undefined && deployFolder.tree === source.tree;
}
