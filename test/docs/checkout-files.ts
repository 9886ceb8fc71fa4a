import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export const ROOT = join(import.meta.dirname, '..', '..');

/** A Markdown file for people. */
export interface ProseFile {
  /** Path from the root. */
  readonly path: string;
  readonly text: string;
  readonly lines: number;
}

/** README, ARCHITECTURE, CONTRIBUTING and everything below docs, as far as they are there. */
export function readProse(): readonly ProseFile[] {
  const below = readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`);
  return ['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', ...below.sort()]
    .filter((path) => existsSync(join(ROOT, path)))
    .map(readProseFile);
}

export function readProseFile(path: string): ProseFile {
  const text = readFileSync(join(ROOT, path), 'utf8');
  return { path, text, lines: text.split('\n').length - 1 };
}

/** The heading as the part of an address behind `#`. */
export function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
    .trim()
    .replaceAll(' ', '-');
}

export function anchorsOf(text: string): ReadonlySet<string> {
  const prose = text.replaceAll(/^```[\s\S]*?^```/gm, '');
  return new Set([...prose.matchAll(/^#+ (.+)$/gm)].map((match) => anchorOf(match[1] ?? '')));
}
