// Writes docs/reference/*.md and schemas/osrel.schema.json from the code; `npm run docs` runs it.
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { listPages } from './docs/list-pages.ts';

const ROOT = join(import.meta.dirname, '..');

const pages = listPages(ROOT);
for (const page of pages) {
  const file = join(ROOT, page.path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, page.text);
}
console.error(`docs: ${pages.length} files made`);
