import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';

export const ROOT = join(import.meta.dirname, '..', '..');

export interface SourceImport {
  /** As written. */
  readonly specifier: string;
  /** Path from the root for a relative import, else null. */
  readonly file: string | null;
  readonly isTypeOnly: boolean;
}

export interface SourceFile {
  /** Path from the root, with slashes. */
  readonly path: string;
  readonly text: string;
  /** The text without comments and string contents, for rules about code. */
  readonly code: string;
  readonly lines: number;
  readonly imports: readonly SourceImport[];
  readonly isTest: boolean;
}

/** TypeScript sources that git tracks or would track, below the given folder. */
export function listSources(folder: string): readonly SourceFile[] {
  const listed = execFileSync(
    'git',
    ['ls-files', '--cached', '--others', '--exclude-standard', '-z', '--', folder],
    {
      cwd: ROOT,
      encoding: 'utf8',
    },
  );
  return listed
    .split('\0')
    .filter((path) => path.endsWith('.ts') && existsSync(join(ROOT, path)))
    .map(readSource);
}

function readSource(path: string): SourceFile {
  const text = readFileSync(join(ROOT, path), 'utf8');
  return {
    path,
    text,
    code: stripTexts(text),
    lines: text.split('\n').length - 1,
    imports: listImports(path, text),
    // Also what only tests use, kept beside them: test-repository.ts, build-test-image.ts.
    isTest: /(\.test\.ts$|\/test-[^/]+\.ts$|-test-[^/]+\.ts$)/.test(path) || path.startsWith('test/'),
  };
}

function listImports(path: string, text: string): readonly SourceImport[] {
  const statements = text.matchAll(/^(?:import|export)\s+(type\s+)?(?:[^'"]*?\sfrom\s+)?'([^']+)';?$/gm);
  const dynamic = text.matchAll(/\b(?:import|require\.resolve)\(\s*'([^']+)'\s*\)/g);
  const found = [
    ...[...statements].map((match) => ({ specifier: match[2] ?? '', isTypeOnly: match[1] !== undefined })),
    ...[...dynamic].map((match) => ({ specifier: match[1] ?? '', isTypeOnly: false })),
  ];
  return found.map((each) => ({
    ...each,
    file: each.specifier.startsWith('.') ? normalize(join(dirname(path), each.specifier)) : null,
  }));
}

function stripTexts(text: string): string {
  return text
    .replaceAll(/\/\*[\s\S]*?\*\//g, '')
    .replaceAll(/^\s*\/\/.*$/gm, '')
    .replaceAll(/'(?:[^'\\\n]|\\.)*'/g, "''");
}
