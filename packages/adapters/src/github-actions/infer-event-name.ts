/**
 * The event that a payload belongs to, by its shape, for a replay where no variable names it. Undefined when no
 * shape fits. A pull request's payload looks the same for `pull_request_target`; the one without secrets is taken.
 */
export function inferEventName(
  payload: unknown,
): { readonly name: string; readonly because: string } | undefined {
  const fits = SHAPES.find(({ keys }) => hasKeys(payload, keys));
  if (fits === undefined) return undefined;
  return { name: fits.name, because: `the payload has ${fits.keys.join(' and ')}` };
}

const SHAPES: readonly { readonly name: string; readonly keys: readonly string[] }[] = [
  { name: 'pull_request', keys: ['pull_request', 'action'] },
  { name: 'merge_group', keys: ['merge_group', 'action'] },
  { name: 'release', keys: ['release', 'action'] },
  { name: 'push', keys: ['ref', 'before', 'after'] },
  { name: 'create', keys: ['ref', 'ref_type', 'master_branch'] },
  { name: 'delete', keys: ['ref', 'ref_type'] },
  { name: 'workflow_dispatch', keys: ['inputs', 'ref'] },
  { name: 'schedule', keys: ['schedule'] },
];

function hasKeys(payload: unknown, keys: readonly string[]): boolean {
  if (typeof payload !== 'object' || payload === null) return false;
  return keys.every((key) => Object.hasOwn(payload, key));
}
