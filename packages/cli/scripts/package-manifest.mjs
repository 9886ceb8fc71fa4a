// The package.json that is published: everything is bundled, so nothing of the workspace is left in it.
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const PACKAGE = dirname(dirname(fileURLToPath(import.meta.url)));
const MANIFEST = join(PACKAGE, 'package.json');
/** Kept while a pack is under way; not part of the package. */
const ORIGINAL = join(PACKAGE, '.package.json.original');

/** The published form of a manifest. */
export function publishedManifest(manifest) {
  const { dependencies, devDependencies, scripts, ...rest } = manifest;
  return rest;
}

/** Puts the published manifest in place and keeps the original beside it; a pack that was cut short is mended first. */
export function stripManifest() {
  restoreManifest();
  const original = readFileSync(MANIFEST, 'utf8');
  writeFileSync(ORIGINAL, original);
  writeAtomically(MANIFEST, `${JSON.stringify(publishedManifest(JSON.parse(original)), null, 2)}\n`);
}

/** Puts the original back; nothing to do when there is none. */
export function restoreManifest() {
  if (existsSync(ORIGINAL)) renameSync(ORIGINAL, MANIFEST);
}

function writeAtomically(file, text) {
  writeFileSync(`${file}.new`, text);
  renameSync(`${file}.new`, file);
}
