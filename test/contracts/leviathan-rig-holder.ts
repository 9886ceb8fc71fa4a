// A process of its own that takes a rig and keeps it until it is killed: node leviathan-rig-holder.ts <wish as JSON> <root>
import { createSystemClock } from '../../packages/adapters/src/file-system/create-system-clock.ts';
import type { RigWish } from '../../packages/adapters/src/leviathan/leviathan-parts.ts';
import { wireRigs } from '../../packages/adapters/src/wire-rigs.ts';

const [wish = '{}', root = ''] = process.argv.slice(2);
const { pool } = wireRigs({
  root,
  clock: createSystemClock(),
  limits: { testbot: null, qemu: null, local: null },
});
const { account, ...rest } = JSON.parse(wish) as RigWish;
const held = await pool.take(
  { ...rest, account: { ...account, readKey: () => undefined } },
  { signal: new AbortController().signal, onLine: console.log, onProgress: () => undefined },
);
console.log(`held ${held.url}`);
