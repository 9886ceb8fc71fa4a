/**
 * Whether a reply of this `Content-Type` is a page for people, as proxies and login portals send it in a server's place,
 * with any status.
 */
export function isWebPage(contentType: string | undefined): boolean {
  return /^text\/html\b/i.test(contentType ?? '');
}
