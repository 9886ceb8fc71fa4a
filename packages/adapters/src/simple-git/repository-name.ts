const SCHEME_URL = /^[a-z][a-z0-9+.-]*:\/\/(?:[^/@]*@)?[^/]+\/(.+)$/i;
const SCP_URL = /^(?:[^/@:]+@)?[^/:]+:(?!\/\/)(.+)$/;

/**
 * `owner/name` of a remote's address: https, ssh or git URL, or `user@host:path`, with or without `.git`. Of a longer
 * path the last two parts count. Null for an address without both, and for a path on this machine.
 */
export function repositoryNameOf(url: string): string | null {
  const address = url.trim();
  if (/^file:/i.test(address)) return null;
  const path = (SCHEME_URL.exec(address) ?? SCP_URL.exec(address))?.[1];
  if (path === undefined) return null;
  const parts = path
    .replace(/\/+$/, '')
    .replace(/\.git$/, '')
    .split('/')
    .filter((part) => part !== '');
  const [owner, name] = parts.slice(-2);
  return owner === undefined || name === undefined ? null : `${owner}/${name}`;
}
