import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { receiptText } from './receipt-text.ts';

/** Folders that serve one process only and say nothing about what was published. */
const PASSING = /(^|\/)(locks|\.tmp[^/]*)(\/|$)/;

/**
 * Everything the embedded world and the deploy folder hold, by path: two worlds are equal when these are. Times, inodes
 * and file times are written as `<time>` and the like: they tell when and where a thing happened, not whether. Of a
 * receipt it holds what was signed, without the signature.
 */
export async function readWorld(root: string): Promise<Readonly<Record<string, string>>> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .filter((path) => /^(\.osrel\/world|deploy)\//.test(path) && !PASSING.test(path))
    .sort();
  const contents = await Promise.all(
    files.map(async (path) => [path, timeless(path, await readFile(join(root, path), 'latin1'))] as const),
  );
  return Object.fromEntries(contents);
}

/** What the store knows of objects that say when they were written: their digests tell the time too. */
const TIMED = /\/index\/(ledger\/.*|.*\/(WITHDRAWN|HELD))\.object\.json$/;

function timeless(path: string, written: string): string {
  if (path.endsWith('/receipt-key.pem')) return '<key>';
  const text = path.startsWith('.osrel/world/receipts/') ? receiptText(written) : written;
  const digests = TIMED.test(path) ? /(?<="sha256": ")[0-9a-f]{64}(?=")/g : /(?!)/g;
  return text
    .replaceAll(digests, '<digest>')
    .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g, '<time>')
    .replaceAll(/(?<=-)1\d{12}(?=["+])/g, '<epoch>')
    .replaceAll(/"(inode|modifiedNs)": "\d+"/g, '"$1": "<file>"');
}
