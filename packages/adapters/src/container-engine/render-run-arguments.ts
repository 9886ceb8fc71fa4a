import type { ContainerMount, ContainerRun } from '../container-engine.ts';

/**
 * The arguments of `docker run` as the reference gives them (balena-automation 1.11, with a single `--rm`), and besides
 * these the owner's label and the file with secrets. podman without root shifts user ids: `keepUserIds` undoes that, so
 * that the builder inside is the caller outside and may write the repository; the entry script still starts as root.
 */
export function renderRunArguments(
  run: ContainerRun,
  { keepUserIds }: { readonly keepUserIds: boolean },
): readonly string[] {
  return [
    'run',
    '--rm',
    '--privileged',
    '--name',
    run.name,
    // One word, so that it is told from the image by whoever reads the arguments.
    `--label=${run.label}`,
    ...(keepUserIds ? ['--userns=keep-id', '--user=0:0'] : []),
    ...run.mounts.flatMap((mount) => ['-v', volumeOf(mount)]),
    ...Object.entries(run.variables).flatMap(([name, value]) => ['-e', `${name}=${value}`]),
    '--env-file',
    run.environmentFile,
    run.image,
    ...run.command,
  ];
}

function volumeOf({ source, target, access }: ContainerMount): string {
  return `${source}:${target}${access === 'read-only' ? ':ro' : ''}`;
}
