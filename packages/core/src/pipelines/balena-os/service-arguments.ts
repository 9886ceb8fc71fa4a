import type { Problem } from '../../errors/osrel-error.ts';
import type { BuildMatrixEntry } from '../../model/build-matrix.ts';
import type { BuildSettingsChange } from '../../model/build-settings-change.ts';
import { badArguments, placeProblems, readFrontEndArguments } from '../../model/front-end-arguments.ts';

/** Where the arguments of a service are written: `hostapp.yml: services.tools.x-build.build_args`. */
export type LocateArguments = (service: string) => string;

/**
 * What the `x-build.build_args` of each service ask for, in the order of `entries`.
 * @throws config `build.bad-arguments` with every problem of every service at once
 */
export function readServiceArguments(
  entries: readonly BuildMatrixEntry[],
  locate: LocateArguments,
): readonly BuildSettingsChange[] {
  const read = entries.map((entry) => {
    const { change, problems } = readFrontEndArguments(entry.buildArguments);
    return {
      change,
      problems: placeProblems(problems, locate(entry.service)),
    };
  });
  const problems = [
    ...read.flatMap((each) => each.problems),
    ...problemsOfRemoval({ entries, read, locate }),
  ];
  if (problems.length > 0) throw badArguments(problems);
  return read.map((each) => each.change);
}

interface ReadServices {
  readonly entries: readonly BuildMatrixEntry[];
  readonly read: readonly { readonly change: BuildSettingsChange }[];
  readonly locate: LocateArguments;
}

/** The folder is shared: a service that removes it takes away what was built before it. */
function problemsOfRemoval({ entries, read, locate }: ReadServices): readonly Problem[] {
  if (entries.length < 2) return [];
  return entries
    .filter((_, index) => read[index]?.change.fresh === true)
    .map((entry) => ({
      at: locate(entry.service),
      message: '--remove-build would remove what another service built; set build.fresh in osrel.yml',
    }));
}
