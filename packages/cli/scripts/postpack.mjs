// After `npm pack` and `npm publish`: the manifest of the workspace again.
import { restoreManifest } from './package-manifest.mjs';

restoreManifest();
