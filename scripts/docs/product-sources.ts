import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A TypeScript file of the product. */
export interface ProductSource {
  /** Path from the root, with slashes. */
  readonly path: string;
  readonly text: string;
}

/** Every `packages/*\/src/**\/*.ts` that is part of the product, in order of its path; tests and what serves them are not. */
export function readProductSources(root: string): readonly ProductSource[] {
  return ['core', 'adapters', 'cli']
    .flatMap((name) =>
      readdirSync(join(root, 'packages', name, 'src'), { recursive: true, encoding: 'utf8' }).map(
        (path) => `packages/${name}/src/${path.replaceAll('\\', '/')}`,
      ),
    )
    .filter(isProduct)
    .sort()
    .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }));
}

function isProduct(path: string): boolean {
  const name = path.slice(path.lastIndexOf('/') + 1);
  return (
    name.endsWith('.ts') &&
    !name.endsWith('.test.ts') &&
    !name.endsWith('.d.ts') &&
    !/^(test-|build-test-)/.test(name) &&
    !path.includes('/testing/')
  );
}
