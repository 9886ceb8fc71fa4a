const LONGEST = 255;

/**
 * The name under which a consumer saves the asset: the key's last segment, cut to the 255 characters that the server
 * takes. It puts the name into a header as it is, so what a header cannot hold is replaced; the key keeps it.
 */
export function assetFilename(key: string): string {
  const name = key.slice(key.lastIndexOf('/') + 1);
  return [...name.replaceAll(/[^ -~]|["\\]/gu, '_')].slice(0, LONGEST).join('');
}
