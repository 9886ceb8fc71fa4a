/** Tags that osrel keeps on a release, beside those that consumers read (`version`, `meta-balena-base`). */

/** Which commit of the device repository it was built from. */
export const SOURCE_TAG = 'osrel-source';

/** Hex sha256 of the release manifest among its assets: readers learn it without fetching the file. */
export const MANIFEST_TAG = 'osrel-manifest';

/** Why it was withdrawn. */
export const WITHDRAWN_TAG = 'osrel-withdrawn';
