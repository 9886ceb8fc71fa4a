import type { Ports } from '../../ports/ports.ts';
import type { BalenaOsFacts } from './facts.ts';
import { namesOf } from './release-names.ts';

/**
 * The release that `osrel finalize RELEASE` names: by id, commit, version or raw version, among the device type's
 * releases and those of its ESR fleet. Undefined when there is none, or when it is of the version checked out anyway.
 */
export async function gatherNamedRelease(
  question: {
    readonly name: string;
    /** `<organization>/<slug>`. */
    readonly application: string;
    readonly checkedOut: string;
  },
  ports: Ports,
): Promise<BalenaOsFacts['named']> {
  const { name, application, checkedOut } = question;
  for (const fleet of [application, `${application}-esr`]) {
    if ((await ports.hostappApplications.find(fleet)) === undefined) continue;
    const alive = (await ports.hostappReleases.list(fleet)).filter((release) => !release.isInvalidated);
    const named = alive.find((release) => namesOf(release).includes(name));
    if (named === undefined) continue;
    const { id, version, sourceSha } = named;
    return version === checkedOut ? undefined : { id, version, sourceSha };
  }
  return undefined;
}
