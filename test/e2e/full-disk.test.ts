import { spawnSync } from 'node:child_process';
import { cp, mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readWorld } from '../pipeline/read-world.ts';
import { OSREL, osrel } from './osrel-process.ts';
import { makeTinyCheckout, WITH_SMOKE } from './tiny-checkout.ts';

/** In a mount namespace of its own: whatever happens, the small disk is gone with its last process. */
const SCRIPT = `set -e
mount -t tmpfs -o size=4m none "$PLACE/disk"
cp -r "$PLACE/device" "$PLACE/disk/device"
cd "$PLACE/disk/device"
free=$(df --output=avail -k . | tail -n 1)
head -c $(( (free - KEEP) * 1024 )) /dev/zero > ../ballast
"$OSREL" release > "$PLACE/first.out" 2>&1 && echo "first 0" || echo "first $?"
cat "$PLACE/first.out"
rm ../ballast
"$OSREL" release > "$PLACE/second.out" 2>&1 && echo "second 0" || echo "second $?"
"$OSREL" status --audit > /dev/null 2>&1 && echo "audit 0" || echo "audit $?"
mkdir "$PLACE/result" && cp -r .osrel deploy "$PLACE/result"
`;

const unshare = (script: string, env: Readonly<Record<string, string>>) =>
  spawnSync('unshare', ['--map-root-user', '--mount', 'sh', '-c', script], {
    encoding: 'utf8',
    env: { PATH: process.env.PATH, HOME: '/', ...env },
  });
const canMount = unshare('mount -t tmpfs none /mnt', {}).status === 0;

describe.skipIf(!canMount)('a disk that runs full', () => {
  it('fails the release in words, and with room again it ends as an undisturbed one', async () => {
    const checkout = await makeTinyCheckout({ osrelYml: WITH_SMOKE });
    checkout.git('tag', 'v6.5.1');
    const place = dirname(checkout.path);
    const undisturbed = join(place, 'undisturbed');
    await cp(checkout.path, undisturbed, { recursive: true });
    expect((await osrel(undisturbed, ['release'])).exitCode).toBe(0);
    const names = Object.keys(await readWorld(undisturbed));
    for (const keep of [30, 130, 210, 330, 420]) {
      const here = join(place, String(keep));
      await mkdir(join(here, 'disk'), { recursive: true });
      await cp(checkout.path, join(here, 'device'), { recursive: true });
      const { stdout, stderr } = unshare(SCRIPT, { PLACE: here, OSREL, KEEP: String(keep) });
      const told = `${keep} KiB free: ${stdout}${stderr}`;
      expect(stdout, told).toMatch(/^first [1-8]$/m);
      expect(stdout, told).toMatch(
        /error\[disk\.full\][:\]]? no room left while\s+writing|error\[build\.(failed|disk-too-small)\]/,
      );
      expect(stdout, told).toContain('hint: ');
      expect(stdout, told).not.toContain('defect');
      expect(stdout, told).toMatch(/^second 0$/m);
      expect(stdout, told).toMatch(/^audit 0$/m);
      const left = Object.keys(await readWorld(join(here, 'result')));
      const withoutTimes = (name: string) => name.replace(/-[0-9a-f]{16}(?=\.json$)/, '');
      expect(left.map(withoutTimes), told).toEqual(names.map(withoutTimes));
    }
  });
});
