// Another osrel of the same checkout, for tests: compresses a file, says where it is, and stays until it is ended.
import { createCacheOwner } from './in-use-owner.ts';
import { createTransportCache } from './transport-cache.ts';

const [folder = '', source = ''] = process.argv.slice(2);
const compress = createTransportCache({
  folder,
  owner: () => createCacheOwner(process.pid),
  clock: { now: () => new Date().toISOString(), sleep: async () => {} },
});
const { path } = await compress(source, { signal: new AbortController().signal, onPercent: () => {} });
process.stdout.write(`${path}\n`);
setInterval(() => {}, 1000);
