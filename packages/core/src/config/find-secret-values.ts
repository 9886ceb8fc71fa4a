import { isSecretVariable } from '../model/bitbake-names.ts';

/** A text of the document that must not be there, and where it is. */
export interface SecretValue {
  readonly path: readonly PropertyKey[];
  readonly text: string;
  /** Whether the text itself looks like a secret; else it only stands where a secret could. */
  readonly isObvious: boolean;
}

// Shapes that are secrets wherever they stand; a hex commit id or a version is none.
const SECRET_SHAPES: readonly RegExp[] = [
  /-----BEGIN [A-Z ]*PRIVATE KEY-----/,
  /\bgh[opsur]_[A-Za-z0-9]{20,}/,
  /\bgithub_pat_[A-Za-z0-9_]{20,}/,
  /\bglpat-[A-Za-z0-9_-]{16,}/,
  /\b(AKIA|ASIA)[0-9A-Z]{16}\b/,
  /\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*/,
  /:\/\/[^\s/@:]+:[^\s/@]+@/,
];
const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]*$/;
const SHORTEST_HIDDEN = 4;

/** Every text, keys included, that looks like a secret, and everything below `secrets` that is no variable's name. */
export function findSecretValues(document: unknown): readonly SecretValue[] {
  return search(document, []);
}

/** The text with every found secret hidden, for messages. */
export function hideSecretValues(text: string, secrets: readonly SecretValue[]): string {
  return [...secrets]
    .filter((secret) => secret.text.length >= SHORTEST_HIDDEN)
    .sort((a, b) => b.text.length - a.text.length)
    .reduce((hidden, secret) => hidden.replaceAll(secret.text, '[hidden]'), text);
}

function search(value: unknown, path: readonly PropertyKey[]): readonly SecretValue[] {
  if (typeof value === 'string') return isSecret(value, path) ? [secret(path, value)] : [];
  if (Array.isArray(value)) return value.flatMap((item, index) => search(item, [...path, index]));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) => [
    ...(hasSecretShape(key) ? [secret([...path, key], key)] : []),
    ...search(item, [...path, key]),
  ]);
}

function secret(path: readonly PropertyKey[], text: string): SecretValue {
  return { path, text, isObvious: hasSecretShape(text) };
}

// Where a secret is wanted only the name of a variable is none.
function isSecret(text: string, path: readonly PropertyKey[]): boolean {
  if (hasSecretShape(text)) return true;
  return isSecretPlace(path) && !(path.at(-1) === 'env' && VARIABLE.test(text));
}

function isSecretPlace(path: readonly PropertyKey[]): boolean {
  if (path[0] === 'environments') return path[2] === 'secrets' && path.length > 3;
  const below = path[0] === 'machines' ? path.slice(2) : path;
  if (below[0] !== 'build') return false;
  const [, key, name] = below;
  if (key === 'secrets') return below.length > 2;
  if (key === 'signing') return name === 'key' || name === 'kmod-key-append';
  if (key === 'variables') return isSecretVariable(String(name));
  return below.includes('credentials');
}

function hasSecretShape(text: string): boolean {
  return SECRET_SHAPES.some((shape) => shape.test(text));
}
