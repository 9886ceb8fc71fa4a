import { readFileSync } from 'node:fs';

/** Put in by the bundler; absent when the sources run as they are. */
declare const __OSREL_VERSION__: string | undefined;

/** Version of this osrel. */
export const OSREL_VERSION: string =
  typeof __OSREL_VERSION__ === 'string'
    ? __OSREL_VERSION__
    : readVersion(new URL('../package.json', import.meta.url));

function readVersion(file: URL): string {
  const manifest: unknown = JSON.parse(readFileSync(file, 'utf8'));
  const isManifest = typeof manifest === 'object' && manifest !== null && 'version' in manifest;
  return isManifest ? String(manifest.version) : 'unknown';
}
