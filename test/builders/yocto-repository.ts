import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const SOURCE = join(dirname(import.meta.dirname), 'yocto-repository');

/** A checkout of bitbake (1.46 or newer) for tests that need the real one; undefined when there is none. */
export const REAL_BITBAKE = process.env.OSREL_TEST_BITBAKE;

/** For the titles of such tests. */
export const NEEDS_BITBAKE = 'needs OSREL_TEST_BITBAKE, the path of a bitbake checkout';

export interface YoctoRepository {
  readonly path: string;
  readonly write: (name: string, text: string) => Promise<void>;
  readonly commit: () => void;
  readonly remove: () => Promise<void>;
}

/**
 * A device repository in a temporary folder whose recipes a bitbake can build, with one commit. `bitbake`: the folder
 * that becomes layers/poky/bitbake, with `bin/bitbake` in it.
 */
export async function makeYoctoRepository(options: {
  readonly bitbake: string;
  readonly osrelYml?: string;
}): Promise<YoctoRepository> {
  const path = await mkdtemp(join(tmpdir(), 'osrel-yocto-'));
  await cp(SOURCE, path, { recursive: true });
  await symlink(options.bitbake, join(path, 'layers/poky/bitbake'));
  if (options.osrelYml !== undefined) await writeFile(join(path, 'osrel.yml'), options.osrelYml);
  const commit = (): void => {
    git(path, ['add', '-A']);
    git(path, ['commit', '-q', '-m', 'Change', '--allow-empty']);
  };
  git(path, ['init', '-q', '-b', 'main']);
  commit();
  return {
    path,
    write: async (name, text) => {
      await mkdir(dirname(join(path, name)), { recursive: true });
      await writeFile(join(path, name), text);
    },
    commit,
    remove: () => rm(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }),
  };
}

/** Recipes that each run seven small tasks: work for a bench. */
export async function addRecipes(repository: YoctoRepository, count: number): Promise<void> {
  const layer = 'layers/meta-balena-mini';
  const names = Array.from({ length: count }, (_, index) => `part-${index}`);
  for (const name of names) await repository.write(`${layer}/recipes-many/${name}/${name}_1.0.bb`, '');
  await repository.write(`${layer}/recipes-many/many/many_1.0.bb`, `DEPENDS = "${names.join(' ')}"\n`);
  await repository.write(
    `${layer}/recipes-core/balena-image/balena-image_1.0.bbappend`,
    'DEPENDS += "many"\n',
  );
  repository.commit();
}

/** Environment that a bitbake accepts: it refuses to start in the C locale. */
export function bitbakeEnvironment(): Readonly<Record<string, string>> {
  const hasEnglish = existsSync('/usr/lib/locale/en_US.utf8') || existsSync('/usr/lib/locale/locale-archive');
  return { LC_ALL: hasEnglish ? 'en_US.UTF-8' : 'C.UTF-8' };
}

function git(cwd: string, words: readonly string[]): void {
  const who = ['-c', 'user.name=Tester', '-c', 'user.email=tester@example.org'];
  const done = spawnSync('git', [...who, ...words], { cwd, encoding: 'utf8' });
  if (done.status !== 0) throw new Error(`git ${words.join(' ')}: ${done.stderr}`);
}
