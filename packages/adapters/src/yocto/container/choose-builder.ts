import { stat } from 'node:fs/promises';
import { badConfig, type OsrelError } from '@osrel/core';

/** Numeric ids, the same inside the container and outside. */
export interface NumericUser {
  readonly uid: number;
  readonly gid: number;
}

export interface BuilderChoice {
  readonly builder: NumericUser;
  /** Why it is not the caller; null when it is. */
  readonly note: string | null;
  /** Set when the build cannot run as anybody. */
  readonly refusal: OsrelError | null;
}

/** The first user that Debian and its kin make. */
const ORDINARY_USER: NumericUser = { uid: 1000, gid: 1000 };

export interface BuilderQuestion {
  readonly root: string;
  /** `build.container.user`. */
  readonly wish: NumericUser | null;
  readonly caller: NumericUser;
}

/**
 * Who the build runs as inside the container: the configured user, else the caller, as in the reference. A caller that
 * is root becomes the owner of the repository, and where that is root too the first ordinary user: the entry script
 * makes a user of these ids, which fails for id 0 (balena-automation 1.12), and OpenEmbedded does not build as root.
 */
export async function chooseBuilder({ root, wish, caller }: BuilderQuestion): Promise<BuilderChoice> {
  if (wish !== null) {
    const refusal = isRoot(wish) ? rootUser('build.container.user is root') : null;
    const note = `builds as ${render(wish)}, as build.container.user says`;
    return { builder: wish, note: refusal === null ? note : null, refusal };
  }
  if (!isRoot(caller)) return { builder: caller, note: null, refusal: null };
  const { uid, gid } = await stat(root);
  const owner = { uid, gid };
  if (!isRoot(owner)) {
    const note = `builds as ${render(owner)}, the owner of ${root}: osrel runs as root, and a build may not`;
    return { builder: owner, note, refusal: null };
  }
  return { builder: ORDINARY_USER, note: warnOfRoot(root), refusal: null };
}

function warnOfRoot(root: string): string {
  return (
    `builds as ${render(ORDINARY_USER)}: osrel runs as root and ${root} belongs to root, which a build may not be; ` +
    `that user must be able to write there: chown -R ${render(ORDINARY_USER)} . (or name another in build.container.user)`
  );
}

function isRoot({ uid, gid }: NumericUser): boolean {
  return uid === 0 || gid === 0;
}

function render({ uid, gid }: NumericUser): string {
  return `${uid}:${gid}`;
}

function rootUser(how: string): OsrelError {
  return badConfig(
    'container.root-user',
    `${how}, but the build in the container needs an ordinary user: the image cannot make a builder with id 0, and bitbake does not build as root`,
    {
      hint: 'run osrel as an ordinary user, or give the checkout to one (chown -R 1000:1000 .) and name it: build.container.user: "1000:1000"',
    },
  );
}
