import { readFileSync } from 'node:fs';

/** A payload of test/payloads/github, parsed; `change` sets values by key path, undefined removes. */
export function readPayload(name: string, change: Readonly<Record<string, unknown>> = {}): unknown {
  const text = readFileSync(new URL(`./github/${name}.json`, import.meta.url), 'utf8');
  const payload: unknown = JSON.parse(text);
  return Object.entries(change).reduce(
    (changed, [path, value]) => withValue(changed, path.split('.'), value),
    payload,
  );
}

function withValue(target: unknown, path: readonly string[], value: unknown): unknown {
  const [key, ...deeper] = path;
  if (key === undefined) return value;
  const entries = typeof target === 'object' && target !== null ? Object.entries(target) : [];
  const before = entries.find(([name]) => name === key)?.[1];
  return { ...Object.fromEntries(entries), [key]: withValue(before, deeper, value) };
}
